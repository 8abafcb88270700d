import type { Progress } from '../progress';

type Range = NonNullable<Progress['estimate']>;

/** Bytes that are still to travel in one direction, for one reason. */
export interface Forecast {
  /** The likeliest number of bytes on the wire. */
  bytes: number;
  /** By how many bytes the truth may lie above or below. */
  deviation: number;
  basis: Range['basis'];
}

/** Nothing more is to come. */
export const NOTHING: Forecast = { bytes: 0, deviation: 0, basis: 'exact' };

export interface Estimate {
  /** Share of the bytes that have travelled, 0 to 1. */
  share: number;
  /** Of all bytes, those that have travelled included; absent while nothing tells how much is to come. */
  range?: Range;
}

/** A range says nothing when its high end is more than five times its low end. */
const WIDEST = 2 / 3;
/** What is as good as exact: nobody sees the difference. */
const EXACT_SHARE = 0.001;

/**
 * How far a transfer is: the one estimator of clone, pull, push and the exchange of unversioned files, which differ in where their
 * forecasts come from.
 * @param done - bytes that have travelled, both ways
 * @param ahead - what is still to come, each for itself; one that nobody can tell is undefined
 */
export function estimate(done: number, ahead: readonly (Forecast | undefined)[]): Estimate {
  const known = ahead.filter((forecast) => forecast !== undefined);
  const left = sum(known.map(({ bytes }) => bytes));
  const total = done + left;
  const share = total === 0 ? 0 : done / total;
  if (known.length < ahead.length) return { share };
  const isExact = known.every(({ basis }) => basis === 'exact');
  const deviation = Math.min(sum(known.map((forecast) => forecast.deviation)), total * WIDEST);
  if (isExact && deviation <= total * EXACT_SHARE) {
    const bytes = Math.round(total);
    return { share, range: { low: bytes, high: bytes, basis: 'exact' } };
  }
  const isTold = known.some(({ basis }) => basis === 'server-statistics');
  return {
    share,
    range: {
      low: Math.round(Math.max(done, total - deviation)),
      high: Math.round(total + deviation),
      basis: isTold ? 'server-statistics' : 'sequence',
    },
  };
}

/**
 * Two independent opinions on one number: each counts by how sure it is.
 * @param first - with its standard error, in the same unit as the number; so `second`
 */
export function combined(
  first: { value: number; error: number },
  second: { value: number; error: number },
): { value: number; error: number } {
  const [one, two] = [first, second].map(({ error }) => 1 / Math.max(error, Number.EPSILON) ** 2) as [number, number];
  return { value: (first.value * one + second.value * two) / (one + two), error: 1 / Math.sqrt(one + two) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
