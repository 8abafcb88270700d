/**
 * Places between two steps where a simulation lets something fail: the power, the disk. Each is named after what has just been done, or
 * is about to be done.
 */
export const FAULT_SITES = [
  // One artifact of a message.
  'artifact-to-store',
  'artifact-stored',
  'delta-kept-dangling',
  'phantom-made',
  // A transaction, its end and what follows.
  'transaction-to-commit',
  'transaction-committed',
  // What one reply brought to a client.
  'reply-to-apply',
  'slice-applied',
  'reply-applied',
  // What a server sends unasked: how far it has come is remembered; it is given up before all of it has come.
  'plan-place-kept',
  'plan-given-up',
  'unsent-to-clear',
  'unsent-cleared',
  // A server's answer.
  'message-to-answer',
  'message-answered',
  // One of the transactions in which it stores a message.
  'message-part-stored',
  'clusters-made',
  // A clone.
  'clone-round-stored',
  'clone-to-rename',
  'clone-renamed',
  // Configuration.
  'config-row-to-store',
  'config-row-stored',
  // Unversioned files and check-in locks.
  'unversioned-to-store',
  'unversioned-stored',
  'checkin-lock-taken',
  // A save of the portable driver; its steps are passed in simulations by whoever opens the file.
  'image-written',
  'image-checked',
  'image-renamed',
] as const;

export type FaultSite = (typeof FAULT_SITES)[number];

/** Hears of every site that is passed. In production there is none, and passing a site costs one comparison. */
export interface Faults {
  /** May throw whatever shall go wrong there. */
  at(site: FaultSite): void;
}
