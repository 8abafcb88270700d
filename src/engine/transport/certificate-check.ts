import type { PeerCertificate, TLSSocket } from 'node:tls';
import { serverText } from '../xfer/server-text';
import type { CertificateQuestion } from '../xfer/transport';

/** TLS came about, but with a certificate that cannot be verified. Nothing has been sent. */
export class UntrustedCertificate extends Error {
  constructor(readonly question: CertificateQuestion) {
    super(`The certificate of ${question.host} ${question.problem}`);
    this.name = 'UntrustedCertificate';
  }
}

/** What there is to know about the certificate that Node did not accept. */
export function certificateOf(socket: TLSSocket, host: string): CertificateQuestion {
  const certificate = socket.getPeerCertificate();
  return {
    host,
    problem: problemOf(socket.authorizationError),
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: certificate.valid_from,
    validTo: certificate.valid_to,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

function problemOf(reason: unknown): string {
  // Node says it with the bare code, its types with an error.
  switch (reason instanceof Error && 'code' in reason ? reason.code : reason) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'is self-signed and not trusted by this computer';
    case 'CERT_HAS_EXPIRED':
      return 'has expired';
    case 'CERT_NOT_YET_VALID':
      return 'is not valid yet';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return 'belongs to another host';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'was issued by somebody this computer does not trust';
    default:
      return 'cannot be verified';
  }
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  const parts = Object.entries(name ?? {}).map(
    ([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : String(value)}`,
  );
  // Whoever made it has written what they liked.
  return serverText(parts.join(', '));
}
