const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;
/** In seconds. */
const SPANS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const;

/** Bytes as people read them: `812 bytes`, `41 kB`, `1.4 MB`. */
export function describeBytes(bytes: number): string {
  if (bytes < 1000) return countOf(bytes, 'byte');
  let value = bytes;
  let unit: string = UNITS[0];
  for (const next of UNITS) {
    value /= 1000;
    unit = next;
    if (value < 999.5) break;
  }
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(0)} ${unit}`;
}

/** Between two numbers of bytes, in the unit of the larger: `12–18 MB`; one figure where both read the same. */
export function describeByteRange(low: number, high: number): string {
  const [least, most] = [describeBytes(low), describeBytes(high)];
  if (least === most) return most;
  const unit = most.slice(most.indexOf(' '));
  return least.endsWith(unit) ? `${least.slice(0, -unit.length)}–${most}` : `${least} – ${most}`;
}

/** How far the server's clock is from ours. @param seconds - that it is ahead, negative where it is behind */
export function describeSkew(seconds: number): string {
  const [span, unit] = SPANS.find(([length]) => Math.abs(seconds) >= 2 * length) ?? [1, 'second'];
  const far = countOf(Math.round(Math.abs(seconds) / span), unit);
  return `The server's clock is ${far} ${seconds > 0 ? 'ahead of' : 'behind'} yours`;
}

/** `37,664`. What the runtime knows of languages takes longer to load than many a command to run. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 artifact`, `37,664 artifacts`. */
export function countOf(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
