import type { Transport } from '../xfer/transport';

export interface HttpOptions {
  /** `User-Agent`; begins with `Fossil/`. */
  userAgent?: string;
  /** Proxy URL for both schemes; by default from `http_proxy`, `https_proxy`, `no_proxy` of the variables. */
  proxy?: string;
  /** PEM certificates trusted besides the runtime's. */
  certificates?: string[];
  /** Refuse servers whose certificate cannot be verified; default true. */
  isStrict?: boolean;
  variables: Readonly<Record<string, string | undefined>>;
}

export declare function httpTransport(options: HttpOptions): Transport;
