import type { ServerPart } from './server-part';

/** What makes the parts of a server's answer besides artifacts: each message gets its own, for their state ends with it. */
export const SERVER_PARTS: readonly (() => ServerPart)[] = [];
