import * as vscode from 'vscode';
import type { CheckoutSession } from '../checkout/checkout-session';
import { relativePath } from '../checkout/checkout-sessions';
import { FileResource } from '../scm/file-resource';
import { PendingNode } from '../views/pending-node';
import type { CommandContext } from './command';

/**
 * The checkout that a command is about: named by its argument (a root, a row, a group, a source control, a list of the Incoming / Outgoing view), else the one that the user
 * is in or picks. Says so when there is none.
 */
export async function targetSession(
  context: CommandContext,
  args: readonly unknown[],
): Promise<CheckoutSession | undefined> {
  const named = sessionOf(context, args[0]);
  if (named !== undefined) return named;
  if (context.sessions.all.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no Fossil checkout in this window. Open a folder with one, or clone a repository.'),
    );
    return undefined;
  }
  return context.sessions.choose();
}

function sessionOf({ sessions, sourceControls }: CommandContext, arg: unknown): CheckoutSession | undefined {
  if (typeof arg === 'string') return sessions.withRoot(arg);
  if (arg instanceof PendingNode) return arg.root === undefined ? undefined : sessions.withRoot(arg.root);
  const [resource] = resourcesIn(arg);
  if (resource !== undefined) return resource.session;
  if (isSourceControl(arg)) return sourceControls.sessionOf(arg);
  return arg instanceof vscode.Uri ? sessions.find(arg) : undefined;
}

/** The files that a command is about: the selected rows, those of a group or a folder, the given URIs, or the active editor's file. */
export function targetResources(context: CommandContext, args: readonly unknown[]): FileResource[] {
  const given = args.flatMap(resourcesIn);
  if (given.length > 0) return [...new Set(given)];
  const uris = args.flat().filter((arg) => arg instanceof vscode.Uri);
  const active = vscode.window.activeTextEditor?.document.uri;
  const wanted = uris.length > 0 ? uris : active === undefined ? [] : [active];
  return wanted.flatMap((uri) => resourceAt(context, uri) ?? []);
}

function resourceAt(context: CommandContext, uri: vscode.Uri): FileResource | undefined {
  const session = context.sessions.find(uri);
  const path = session === undefined ? undefined : relativePath(session.root, uri);
  if (session === undefined || path === undefined) return undefined;
  const change = session.status?.changes.find((candidate) => candidate.path === path);
  const isExtra = session.status?.extras.includes(path) ?? false;
  return change !== undefined || isExtra ? new FileResource(session, path, change) : undefined;
}

function resourcesIn(arg: unknown): FileResource[] {
  if (arg instanceof FileResource) return [arg];
  if (Array.isArray(arg)) return arg.flatMap(resourcesIn);
  return isResourceGroup(arg) ? arg.resourceStates.flatMap(resourcesIn) : [];
}

function isResourceGroup(arg: unknown): arg is vscode.SourceControlResourceGroup {
  return typeof arg === 'object' && arg !== null && 'resourceStates' in arg && Array.isArray(arg.resourceStates);
}

function isSourceControl(arg: unknown): arg is vscode.SourceControl {
  return typeof arg === 'object' && arg !== null && 'createResourceGroup' in arg && 'inputBox' in arg;
}

/** @returns the files of each checkout */
export function bySession(resources: readonly FileResource[]): Map<CheckoutSession, FileResource[]> {
  const groups = new Map<CheckoutSession, FileResource[]>();
  for (const resource of resources) {
    groups.set(resource.session, [...(groups.get(resource.session) ?? []), resource]);
  }
  return groups;
}
