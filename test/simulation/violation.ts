export type InvariantName =
  | 'every artifact matches its name'
  | 'no dangling delta without its phantom'
  | 'derived tables equal a rebuild'
  | 'all who may see everything converge'
  | 'private stays private'
  | 'shunned never returns'
  | 'unversioned files converge to the newest'
  | 'nothing acknowledged is lost'
  | 'a replay brings nothing'
  | 'files are sound'
  | 'everybody comes to rest'
  | 'failures are clear';

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
