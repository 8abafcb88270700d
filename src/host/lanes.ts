/**
 * Work that must not overlap, one after the other per lane; lanes do not wait for each other. A lane is named by what it guards:
 * the root of a checkout or the path of a repository.
 */
export class Lanes {
  private readonly tails = new Map<string, Promise<void>>();

  /** Runs `work` when everything that entered `lane` before has settled; its failure does not stop those behind it. */
  enter<Result>(lane: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.tails.get(lane) ?? Promise.resolve()).then(work);
    const tail = turn.then(
      () => undefined,
      () => undefined,
    );
    this.tails.set(lane, tail);
    void tail.then(() => {
      if (this.tails.get(lane) === tail) this.tails.delete(lane);
    });
    return turn;
  }
}
