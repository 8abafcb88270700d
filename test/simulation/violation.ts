/** What must hold in every simulation. */
export const INVARIANTS = [
  'every artifact matches its name',
  'no dangling delta without its phantom',
  'derived tables equal a rebuild',
  'all who may see everything converge',
  'a pull brings all that there was',
  'private stays private',
  'shunned never returns',
  'unversioned files converge to the newest',
  'settings converge to the newest',
  'a check-in lock has one holder',
  'nothing acknowledged is lost',
  'a replay brings nothing',
  'files are sound',
  'everybody comes to rest',
  'failures are clear',
] as const;

export type InvariantName = (typeof INVARIANTS)[number];

/** Something that must never be, was. */
export class Violation extends Error {
  constructor(
    readonly invariant: InvariantName,
    what: string,
  ) {
    super(`${invariant}: ${what}`);
    this.name = 'Violation';
  }
}
