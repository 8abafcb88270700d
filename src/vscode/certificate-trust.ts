import * as vscode from 'vscode';
import type { CertificateAnswer, CertificateQuestion } from '../engine/xfer/transport';

/**
 * Asks whether a server with a certificate that cannot be verified may be trusted; closing the question means no. What the Enter key presses
 * trusts nobody: it copies the fingerprint, to be compared with what the administrator of the server says, and asks again.
 * @param isCopied - the fingerprint is on the clipboard already
 */
export async function askCertificateTrust(question: CertificateQuestion, isCopied = false): Promise<CertificateAnswer> {
  const { host, problem, subject, issuer, validFrom, validTo, fingerprint } = question;
  const digest = fingerprint.match(/../g)?.join(':') ?? fingerprint;
  const copy = vscode.l10n.t('Copy Fingerprint');
  const once = vscode.l10n.t('Trust This Once');
  const always = vscode.l10n.t('Always Trust');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Trust the certificate of {0}?', host),
    {
      modal: true,
      detail: [
        vscode.l10n.t('It {0}, so somebody in between may be reading along.', problem),
        vscode.l10n.t('Compare its fingerprint with the one that the administrator of the server tells you.'),
        '',
        vscode.l10n.t('Subject: {0}', subject),
        vscode.l10n.t('Issuer: {0}', issuer),
        vscode.l10n.t('Valid from {0} to {1}', validFrom, validTo),
        vscode.l10n.t('SHA-256 fingerprint: {0}', digest),
        ...(isCopied ? ['', vscode.l10n.t('The fingerprint has been copied.')] : []),
      ].join('\n'),
    },
    copy,
    once,
    always,
  );
  if (answer === copy) {
    await vscode.env.clipboard.writeText(digest);
    return askCertificateTrust(question, true);
  }
  if (answer === always) return 'always';
  return answer === once ? 'once' : 'no';
}
