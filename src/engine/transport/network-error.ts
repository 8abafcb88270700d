import { EngineError, type ErrorCode } from '../errors';

/** What a code of Node or undici means to a user; `HOST` stands for the server. */
const SENTENCES: [codes: RegExp, code: ErrorCode, sentence: string][] = [
  [
    /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/,
    'unknown-host',
    'There is no server called HOST. Check the address and the network connection.',
  ],
  [
    /^ECONNREFUSED$/,
    'connection-refused',
    'HOST refused the connection. Check the port, and whether the server is running.',
  ],
  [
    /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    'connection-refused',
    'HOST did not answer in time. Check the address and the network connection.',
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL|EACCES|EPERM)$/,
    'connection-refused',
    'HOST cannot be reached from here. Check the network connection.',
  ],
  [/^(UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/, 'connection-lost', 'HOST stopped answering. Try again.'],
  [
    /^(UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_RESPONSE_TOO_SHORT)$/,
    'reply-truncated',
    'The reply of HOST ended too early. Try again.',
  ],
  [
    /^(ERR_TLS_.*|ERR_SSL_.*|EPROTO|CERT_.*|.*_CERT.*|UNABLE_TO_.*|HOSTNAME_MISMATCH)$/,
    'tls-failed',
    'The secure connection to HOST could not be made',
  ],
  [/^(HPE_.*|HTTPParserError)$/, 'not-fossil', 'HOST did not answer in HTTP. Check the address and the port.'],
];

/** @returns the error for the user for whatever the network threw, naming the server */
export function networkError(error: unknown, host: string): EngineError {
  if (error instanceof EngineError) return error;
  for (const cause of causes(error)) {
    if (cause.name === 'AbortError') return new EngineError('cancelled', 'Cancelled.', { cause: error });
    const text = cause.code ?? cause.name;
    const known = SENTENCES.find(([codes]) => codes.test(text));
    if (!known) continue;
    const [, code, sentence] = known;
    return new EngineError(code, spoken(code, sentence.replace('HOST', host), cause), { cause: error });
  }
  return new EngineError('connection-lost', `The connection to ${host} was lost. Try again.`, { cause: error });
}

function spoken(code: ErrorCode, sentence: string, cause: Cause): string {
  if (code !== 'tls-failed') return sentence;
  const reason = certificateReason(cause);
  return `${sentence}: ${reason}.`;
}

function certificateReason(cause: Cause): string {
  switch (cause.code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'its certificate is self-signed and not trusted by this computer';
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return 'its certificate belongs to another host';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'its certificate was issued by somebody this computer does not trust';
    default:
      return /wrong version number|packet length too long/i.test(cause.message)
        ? 'it does not speak TLS on this port; try http:// instead of https://'
        : 'certificate or protocol not accepted';
  }
}

interface Cause {
  name: string;
  code: string | undefined;
  message: string;
}

/** The error and everything below it: causes, and the attempts of a connection to several addresses. */
function* causes(error: unknown): Generator<Cause> {
  if (!(error instanceof Error)) return;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  yield { name: error.name, code, message: error.message };
  if (error instanceof AggregateError) for (const each of error.errors) yield* causes(each);
  yield* causes(error.cause);
}
