import { countOf, describeBytes } from '../engine/operations/describe';
import { serverText } from '../engine/xfer/server-text';
import type { RequestCompleted, Traffic, XferListener } from '../engine/xfer/observer';

/** What `serve --verbose` tells: a line for each message that was answered, with its errors. */
export function requestLines(print: (line: string) => void): XferListener {
  return (event) => {
    if (event.type === 'request-completed') print(requestInWords(event));
  };
}

function requestInWords({
  request,
  operation,
  status,
  received,
  sent,
  errors,
  milliseconds,
}: RequestCompleted): string {
  const who = request.clientAddress ?? 'somebody';
  const traffic = `received ${inWords(received)}, sent ${inWords(sent)}, ${Math.round(milliseconds)} ms`;
  return [`${who} ${operation} ${status}: ${traffic}`, ...errors.map((text) => serverText(text))].join('; ');
}

function inWords({ bytes, cards }: Traffic): string {
  const all = Object.values(cards.byKeyword).reduce((sum, count) => sum + count, 0);
  const files = cards.files === 0 ? '' : ` with ${countOf(cards.files, 'artifact')}`;
  return `${describeBytes(bytes)} (${countOf(all, 'card')}${files})`;
}
