import { EngineError, type ErrorCode } from '../errors';
import type { CertificateQuestion } from '../xfer/transport';
import { UntrustedCertificate } from './certificate-check';

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

/** A server that waits for TLS hangs up on plain HTTP, or answers with an alert. */
const TLS_HINT = 'If it speaks TLS on this port, write https:// instead of http://';

/** What kept a connection from being made: nothing of a request has been sent. */
export class ConnectError extends Error {
  /** @param peer - who failed, at the beginning of a sentence, when that was not the server */
  constructor(
    override readonly cause: unknown,
    readonly peer: string | undefined,
  ) {
    super('connecting failed', { cause });
    this.name = 'ConnectError';
  }
}

/** A failure after which the same request may be sent again: the server has not begun to work on it. */
export class TransientError extends EngineError {
  /** @param waitMs - how long the server wants to be left alone */
  constructor(
    code: ErrorCode,
    message: string,
    readonly waitMs: number,
    options?: { cause?: unknown },
  ) {
    super(code, message, options);
  }
}

/** What may be otherwise in a moment, as long as nothing has been sent. */
const TRANSIENT = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN)$/;

/**
 * @param host - what to call the server
 * @param isPlainStranger - nothing was encrypted, and it has not answered yet: what looks like a lost connection may be a server that wants TLS
 * @returns the error for the user for whatever the network threw; a TransientError where sending again is safe
 */
export function networkError(error: unknown, host: string, isPlainStranger = false): EngineError {
  if (error instanceof EngineError) return error;
  const failed = [...causes(error)];
  const connecting = failed.find(({ error: each }) => each instanceof ConnectError)?.error;
  const isUnsent = connecting instanceof ConnectError;
  const peer = (isUnsent ? connecting.peer : undefined) ?? host;
  for (const cause of failed) {
    if (cause.error instanceof EngineError) return cause.error;
    if (cause.error instanceof UntrustedCertificate) return untrusted(cause.error.question);
    if (cause.error.name === 'AbortError') return new EngineError('cancelled', 'Cancelled.', { cause: error });
    const text = cause.code ?? cause.error.name;
    const known = SENTENCES.find(([codes]) => codes.test(text));
    if (known === undefined) continue;
    const [, code, sentence] = known;
    const hint = isPlainStranger && code === 'not-fossil' ? ` ${TLS_HINT}.` : '';
    const spoken = spell(code, sentence.replace('HOST', peer), cause) + hint;
    if (isUnsent && TRANSIENT.test(text)) return new TransientError(code, spoken, 0, { cause: error });
    return new EngineError(code, spoken, { cause: error });
  }
  const called = peer.replace(/^The/, 'the');
  const lost =
    isPlainStranger && !isUnsent
      ? `The connection to ${called} was lost before it answered. ${TLS_HINT}; otherwise try again.`
      : `The connection to ${called} was lost. Try again.`;
  if (isUnsent && failed.some(({ code }) => code !== undefined && TRANSIENT.test(code)))
    return new TransientError('connection-lost', lost, 0, { cause: error });
  return new EngineError('connection-lost', lost, { cause: error });
}

/** The refusal of a certificate that neither this computer nor the user trusts. */
export function untrusted({ host, problem, fingerprint }: CertificateQuestion): EngineError {
  return new EngineError(
    'tls-failed',
    `The secure connection to ${host} could not be made: its certificate ${problem}. Its SHA-256 fingerprint is ${fingerprint}. If it is the right one, trust it when you are asked, or name a file with it or its issuer in the setting "ssl-ca-location".`,
  );
}

function spell(code: ErrorCode, sentence: string, cause: Cause): string {
  return code === 'tls-failed' ? `${sentence}: ${tlsReason(cause)}.` : sentence;
}

function tlsReason({ code, error }: Cause): string {
  if (/wrong version number|packet length too long/i.test(error.message))
    return 'it does not speak TLS on this port; try http:// instead of https://';
  if (
    /ALERT_(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|UNKNOWN_CA)$/.test(
      code ?? '',
    )
  )
    return 'it wants a certificate of yours, or does not accept the one it got; name a file with certificate and key in the setting "ssl-identity"';
  return 'protocol not accepted';
}

interface Cause {
  code: string | undefined;
  error: Error;
}

/** The error and everything below it: causes, and the attempts of a connection to several addresses. */
function* causes(error: unknown): Generator<Cause> {
  if (!(error instanceof Error)) return;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  yield { code, error };
  if (error instanceof AggregateError) for (const each of error.errors) yield* causes(each);
  yield* causes(error.cause);
}
