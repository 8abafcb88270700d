import * as vscode from 'vscode';
import type { ArtifactKind } from '../../engine/operations/pending';

/** Id of a codicon. */
export function iconOf(kind: ArtifactKind): string {
  switch (kind) {
    case 'checkin':
      return 'git-commit';
    case 'file':
      return 'file';
    case 'control':
      return 'tag';
    case 'cluster':
      return 'package';
    case 'wiki':
      return 'book';
    case 'ticket':
      return 'issues';
    case 'technote':
      return 'note';
    case 'attachment':
      return 'link';
    case 'forum':
      return 'comment-discussion';
  }
}

export function kindInWords(kind: ArtifactKind): string {
  switch (kind) {
    case 'checkin':
      return vscode.l10n.t('Check-in');
    case 'file':
      return vscode.l10n.t('File');
    case 'control':
      return vscode.l10n.t('Tag change');
    case 'cluster':
      return vscode.l10n.t('Cluster');
    case 'wiki':
      return vscode.l10n.t('Wiki page');
    case 'ticket':
      return vscode.l10n.t('Ticket change');
    case 'technote':
      return vscode.l10n.t('Technical note');
    case 'attachment':
      return vscode.l10n.t('Attachment');
    case 'forum':
      return vscode.l10n.t('Forum post');
  }
}
