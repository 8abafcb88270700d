import type { Traffic, XferEvent } from '../xfer/observer';
import { countOf, describeBytes } from './describe';

/** A round with a server, and what went wrong in it, as a line for the log; undefined: nothing that anybody reads line by line. */
export function eventInWords(event: XferEvent): string | undefined {
  switch (event.type) {
    case 'round-completed': {
      const { session, round, sent, received, milliseconds } = event;
      const seconds = (milliseconds / 1000).toFixed(1);
      return `${session.url}: ${session.operation}, round ${round}: sent ${traffic(sent)}, received ${traffic(received)}, ${seconds} s`;
    }
    case 'error':
      return `${event.session.url}: ${event.session.operation}, round ${event.round}: ${event.text}`;
    default:
      return undefined;
  }
}

/** `3 files (2 deltas), 14 igots, 1.2 kB`. */
function traffic({ bytes, cards }: Traffic): string {
  const { files, deltas, igots, gimmes, byKeyword } = cards;
  const unversioned = byKeyword['uvfile'] ?? 0;
  return [
    ...(files === 0 ? [] : [countOf(files, 'file') + (deltas === 0 ? '' : ` (${countOf(deltas, 'delta')})`)]),
    ...(unversioned === 0 ? [] : [countOf(unversioned, 'unversioned file')]),
    ...(igots === 0 ? [] : [countOf(igots, 'igot')]),
    ...(gimmes === 0 ? [] : [countOf(gimmes, 'gimme')]),
    describeBytes(bytes),
  ].join(', ');
}
