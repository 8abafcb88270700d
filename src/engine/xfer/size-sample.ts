/** Few sizes tell less of their spread than they seem to: the large ones are rare. */
const USUAL_SPREAD = 3;
const USUAL_WEIGHT = 50;

/** Sizes of what has come, by which the mean of what is still to come is judged. */
export class SizeSample {
  count = 0;
  #sum = 0;
  #squares = 0;

  add(size: number): void {
    this.count++;
    this.#sum += size;
    this.#squares += size * size;
  }

  /** Standard deviation as a share of the mean, as far as the sample tells. */
  get spread(): number {
    const mean = this.count === 0 ? 0 : this.#sum / this.count;
    const variance = this.count === 0 ? 0 : Math.max(0, this.#squares / this.count - mean * mean);
    const observed = mean === 0 ? 0 : Math.sqrt(variance) / mean;
    return (observed * this.count + USUAL_SPREAD * USUAL_WEIGHT) / (this.count + USUAL_WEIGHT);
  }
}
