/** The version, date and time of Fossil from which on a login card may travel as a cookie. */
const VERSION = 22700;
const DATE = 20250727;
const TIME = 110500;
const LINE_FEED = 10;

/** @returns whether a server of that version, as its pragma tells it, takes a login card from a cookie */
export function takesLoginCookie(version = 0, date = 0, time = 0): boolean {
  return version >= VERSION && (date > DATE || (date === DATE && time >= TIME));
}

/**
 * The value of the `Cookie` header that stands for a login card (fossil.md 1.5); its nonce then covers the whole message.
 * @param card - with or without its line feed
 */
export function loginCookie(card: Uint8Array): string {
  const line = String.fromCharCode(...(card.at(-1) === LINE_FEED ? card.subarray(0, -1) : card));
  return `x-f-l-c=${line.replace(/[^A-Za-z0-9.$~\-_/:]/g, escaped)}`;
}

function escaped(byte: string): string {
  return byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
