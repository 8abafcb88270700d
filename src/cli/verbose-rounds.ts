import type { CardCounts } from '../engine/xfer/card-tally';
import type { RoundCompleted, SessionCompleted, Traffic, XferListener } from '../engine/xfer/observer';

const LABELS = ['', 'Bytes', 'Cards', 'Artifacts', 'Deltas'] as const;
const WIDTH = 10;

/**
 * What `--verbose` tells of an exchange, in Fossil's columns, and behind them the cards by their names. Bytes are those on the wire; artifacts
 * that travel as deltas are counted as such alone.
 */
export function verboseRounds(print: (line: string) => void): XferListener {
  /** What is wrong with the first round of a clone. It is asked again with the login that it could not carry, and may well succeed. */
  let doubts: string[] = [];
  return (event) => {
    switch (event.type) {
      case 'session-started':
        print(columns(LABELS));
        return;
      case 'round-started':
        doubts = [];
        return;
      case 'round-completed':
        for (const line of roundInWords(event)) print(line);
        return;
      case 'error': {
        const line = `Error in round ${event.round}: ${event.text}`;
        if (event.session.operation === 'clone' && event.round === 1) doubts.push(line);
        else print(line);
        return;
      }
      case 'session-completed':
        for (const line of doubts) print(line);
        doubts = [];
        print(sessionInWords(event));
        return;
      default:
    }
  };
}

function roundInWords({ round, sent, received, milliseconds }: RoundCompleted): string[] {
  const took = `round ${round}, ${Math.round(milliseconds)} ms`;
  return [`${traffic('Sent:', sent)}   ${took}`, traffic('Received:', received)].map((line) => line.trimEnd());
}

function sessionInWords(event: SessionCompleted): string {
  const { session, rounds, bytesSent, bytesReceived, milliseconds, error } = event;
  const what = `${session.operation === 'parts' ? 'exchange' : session.operation} with ${session.url}`;
  const ended = error === undefined ? 'done' : 'failed';
  const totals = `${rounds} ${rounds === 1 ? 'round trip' : 'round trips'}, wire bytes sent: ${bytesSent}  received: ${bytesReceived}`;
  return `${what} ${ended}: ${totals}, ${Math.round(milliseconds)} ms`;
}

function traffic(label: string, { bytes, cards }: Traffic): string {
  const { files, deltas, byKeyword } = cards;
  const all = Object.values(byKeyword).reduce((sum, count) => sum + count, 0);
  return `${columns([label, bytes, all, files - deltas, deltas])}   ${byName(byKeyword)}`;
}

function byName(counts: CardCounts['byKeyword']): string {
  return Object.entries(counts)
    .map(([name, count]) => (count === 1 ? name : `${count} ${name}`))
    .join(', ');
}

function columns([label = '', ...values]: readonly (string | number)[]): string {
  return [String(label).padEnd(WIDTH), ...values.map((value) => String(value).padStart(WIDTH))].join(' ');
}
