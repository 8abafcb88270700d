import type { Hash } from '../../src/engine/identifiers';
import type { Inspector } from './inspector';
import type { Ledger } from './ledger';
import type { Station } from './station';

/** @returns whether the station ought to have an artifact that another shares with it, and has not got it */
export function lacking(station: Station, inspector: Inspector, ledger: Ledger): (hash: Hash) => boolean {
  const shared = inspector.shared(station);
  const refused = inspector.shunned(station);
  return (hash) => {
    if (shared.has(hash) || refused.has(hash)) return false;
    // What was published, and what grew on it, may be private again where a rebuild came by.
    if (ledger.published.has(hash) || inspector.hidesAgain(station, hash)) return false;
    // What was removed there and then allowed again is named by clusters that are there already: only `--verily` asks for it.
    if (station.forsaken.has(hash)) return false;
    // What leads by deltas to something shunned there cannot be read; it must still be wanted, or what it is a delta of.
    return refused.size === 0 || !inspector.awaits(station, hash);
  };
}
