import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/** Where systems without an own certificate store keep their bundle. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The certificates to trust: the runtime's own, the system's and those of `NODE_EXTRA_CA_CERTS` (DESIGN.md, Processes).
 * @returns PEM texts
 */
export function trustedCertificates(variables: Readonly<Record<string, string | undefined>>): string[] {
  // Newer Node versions read the system's store themselves; VS Code 1.100's does not.
  const system = 'getCACertificates' in tls ? tls.getCACertificates('system') : [];
  const bundle = system.length > 0 ? [] : firstReadable([variables['SSL_CERT_FILE'], ...BUNDLES]);
  return [...tls.rootCertificates, ...system, ...bundle, ...firstReadable([variables['NODE_EXTRA_CA_CERTS']])];
}

function firstReadable(paths: (string | undefined)[]): string[] {
  for (const path of paths) {
    if (path === undefined || path === '') continue;
    try {
      return [readFileSync(path, 'utf8')];
    } catch {
      // Not on this system: the next place.
    }
  }
  return [];
}
