/** Few sizes tell less of their spread than they seem to: the large ones are rare. */
const USUAL_SPREAD = 3;
const USUAL_WEIGHT = 50;
/** Sizes above all but this share of them are rare: others need not have so many of them. */
const RARE = 0.01;
/** What the mean without the excess of the rare ones usually is of the mean, and how many sizes that weighs. */
const USUAL_COMMON = { share: 0.9, weight: 200 };
/** So many sizes tell enough. */
const KEPT = 20_000;

/** Sizes of what has come, by which the mean of what is still to come is judged. */
export class SizeSample {
  count = 0;
  #sum = 0;
  #squares = 0;
  readonly #kept: number[] = [];
  #common = { count: 0, share: 0 };

  add(size: number): void {
    this.count++;
    this.#sum += size;
    this.#squares += size * size;
    if (this.#kept.length < KEPT) this.#kept.push(size);
  }

  /** Standard deviation as a share of the mean, as far as the sample tells. */
  get spread(): number {
    const mean = this.count === 0 ? 0 : this.#sum / this.count;
    const variance = this.count === 0 ? 0 : Math.max(0, this.#squares / this.count - mean * mean);
    const observed = mean === 0 ? 0 : Math.sqrt(variance) / mean;
    return (observed * this.count + USUAL_SPREAD * USUAL_WEIGHT) / (this.count + USUAL_WEIGHT);
  }

  /**
   * The likeliest mean of others, as a share of that of the sample: a few sizes are so large that most groups have fewer of them than their
   * share, and a few have more.
   */
  get likelyShare(): number {
    const count = this.#kept.length;
    // It moves little with each, and is asked for with every piece that comes.
    if (this.#common.count === 0 || count > 1.1 * this.#common.count)
      this.#common = { count, share: commonShare(this.#kept) };
    const { share, weight } = USUAL_COMMON;
    const common = (this.#common.share * count + share * weight) / (count + weight);
    return (1 + common) / 2;
  }
}

function commonShare(sizes: readonly number[]): number {
  const sorted = [...sizes].sort((one, other) => one - other);
  const rare = sorted[Math.floor((1 - RARE) * (sorted.length - 1))] ?? 0;
  let [all, common] = [0, 0];
  for (const size of sorted) {
    all += size;
    common += Math.min(size, rare);
  }
  return all === 0 ? 1 : common / all;
}
