/** A request that is refused with an HTTP status before anybody looks at its message. */
export class HttpRefusal extends Error {
  readonly status: number;

  /** @param message - a sentence for the user */
  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpRefusal';
    this.status = status;
  }
}
