import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import tls, { createSecureContext, type SecureContext } from 'node:tls';
import { EngineError } from '../errors';

/** Where systems without an own certificate store keep their bundle. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/;

export interface CertificateSources {
  variables: Readonly<Record<string, string | undefined>>;
  /** Fossil's setting `ssl-ca-location`: a file or a directory of PEM certificates. */
  caLocation?: string | undefined;
  /** PEM texts besides. */
  certificates?: readonly string[] | undefined;
  /** A PEM file with a certificate of the user's and its key: Fossil's setting `ssl-identity`. */
  identity?: string | undefined;
}

/**
 * Whom to trust, and as whom to appear.
 * @throws EngineError `file-access` when a file that was named cannot be used
 */
export function secureContextFor(sources: CertificateSources): SecureContext {
  const ca = [
    ...trustedCertificates(sources.variables),
    ...locatedAt(sources.caLocation),
    ...(sources.certificates ?? []),
  ];
  const { identity } = sources;
  if (identity === undefined || identity === '') return createSecureContext({ ca });
  try {
    const pem = readFileSync(identity);
    return createSecureContext({ ca, cert: pem, key: pem });
  } catch (cause) {
    throw new EngineError(
      'file-access',
      `${identity} cannot be used as the certificate to show to servers. It must be a PEM file with the certificate and its key, the key without a password. Check the setting "ssl-identity".`,
      { cause },
    );
  }
}

/**
 * The certificates to trust: the runtime's own, the system's and those of `NODE_EXTRA_CA_CERTS` (DESIGN.md, Processes).
 * @returns PEM texts
 */
export function trustedCertificates(variables: Readonly<Record<string, string | undefined>>): string[] {
  // Newer Node versions read the system's store themselves; VS Code 1.100's does not.
  const system = 'getCACertificates' in tls ? tls.getCACertificates('system') : [];
  const bundle = system.length > 0 ? [] : firstReadable(BUNDLES);
  const named = [variables['SSL_CERT_FILE'], variables['NODE_EXTRA_CA_CERTS']];
  return [...tls.rootCertificates, ...system, ...bundle, ...named.flatMap((each) => firstReadable([each]))];
}

function firstReadable(paths: (string | undefined)[]): string[] {
  for (const each of paths) {
    if (each === undefined || each === '') continue;
    try {
      return [readFileSync(each, 'utf8')];
    } catch {
      // Not on this system: the next place.
    }
  }
  return [];
}

function locatedAt(location: string | undefined): string[] {
  if (location === undefined || location === '') return [];
  try {
    return [readFileSync(location, 'utf8')];
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EISDIR')) throw noLocation(location, error);
  }
  return readdirSync(location)
    .flatMap((name) => firstReadable([path.join(location, name)]))
    .filter((text) => PEM.test(text));
}

function noLocation(location: string, cause: unknown): EngineError {
  return new EngineError(
    'file-access',
    `The certificates in ${location} cannot be read. Check the setting "ssl-ca-location".`,
    { cause },
  );
}
