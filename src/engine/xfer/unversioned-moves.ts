/**
 * What happened to an unversioned file: its content came, its time came, it was deleted there and thus here; its content went, its time
 * went; it was dropped because the server has no such file (revert).
 */
export type UnversionedAction = 'pull' | 'pull-time' | 'pull-deletion' | 'push' | 'push-time' | 'drop';

export interface UnversionedMove {
  name: string;
  action: UnversionedAction;
  /** Bytes of content that moved. */
  bytes: number;
}

export interface UnversionedOutcome {
  moves: readonly UnversionedMove[];
  /** Something is younger here, but the login may not write unversioned files. */
  wasPushRefused: boolean;
  /** Files that the server has announced and not sent. */
  missing: string[];
}

/** The moves of a sync, in their order. */
export class UnversionedMoves {
  readonly list: UnversionedMove[] = [];

  add(name: string, action: UnversionedAction, bytes: number): void {
    this.list.push({ name, action, bytes: action === 'pull' || action === 'push' ? bytes : 0 });
  }

  /** Files and bytes that have crossed the wire. */
  get transferred(): { artifacts: number; bytes: number } {
    const crossing = this.list.filter(({ action }) => action === 'pull' || action.startsWith('push'));
    return { artifacts: crossing.length, bytes: crossing.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
}
