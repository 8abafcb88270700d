/** Before this share of the work is done, the time left cannot be told. */
const TOLD_FROM = 0.03;

/**
 * What of a progress report tells the time left, as if the rest went on like what is done.
 *
 * @param elapsed - milliseconds since the work began
 * @param fraction - share of the work that is done
 * @returns seconds; nothing while too little is done
 */
export function timeLeft(elapsed: number, fraction: number): { eta?: number } {
  return fraction < TOLD_FROM ? {} : { eta: (elapsed * (1 - fraction)) / fraction / 1000 };
}
