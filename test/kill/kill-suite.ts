import assert from 'node:assert/strict';
import { Seeded } from '../support/seeded';
import { clone, pull, push, uv } from './client-scenes';
import { KillPlace } from './kill-place';
import { commit, rebuild } from './local-scenes';
import type { Scene } from './scene';
import { serveClone, servePull, servePush, servePushes, serveUnversioned } from './server-scenes';

/** Phases in which the engine is killed: as a client, by itself, and as a server. */
const SCENES = {
  'clone-receive': clone,
  'clone-verify': clone,
  'clone-crosslink': clone,
  pull,
  push,
  uv,
  rebuild,
  commit,
  'serve-clone': serveClone,
  'serve-pull': servePull,
  'serve-push': servePush,
  'serve-pushes': servePushes,
  'serve-uv': serveUnversioned,
} as const satisfies Record<string, Scene>;

export type KillPhase = keyof typeof SCENES;
export const PHASES = Object.keys(SCENES) as KillPhase[];

/** Kills the engine at chosen moments and asks `fossil` what is left. */
export class KillSuite {
  readonly #place: KillPlace;
  readonly #steps = new Map<KillPhase, number>();

  private constructor(place: KillPlace) {
    this.#place = place;
  }

  /** @param checkins - of the project that is cloned, pulled and pushed */
  static async create(driver: 'native' | 'portable', checkins: number): Promise<KillSuite> {
    return new KillSuite(await KillPlace.create(driver, checkins));
  }

  remove(): Promise<void> {
    return this.#place.remove();
  }

  /**
   * Kills once in that phase, at a step that the seed chooses, and checks what is left.
   * @throws Error naming phase, step and seed when something is lost or broken
   */
  async killOnce(phase: KillPhase, seed: number): Promise<void> {
    const seeded = new Seeded(seed);
    for (let attempt = 0; attempt < 10; attempt++) {
      const step = 1 + seeded.below(await this.#stepsOf(phase));
      const moment = { phase, step, delay: seeded.below(seeded.pick([2, 1000, 30_000])) };
      this.#place.begin();
      try {
        const { wasKilled, lastPhase } = await SCENES[phase](this.#place, moment);
        if (wasKilled && lastPhase === phase) return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${phase}, step ${step}, seed ${seed}: ${reason}`, { cause: error });
      }
    }
    throw new Error(
      `${phase}, seed ${seed}: ten times the work had ended, or gone on to another phase, before the kill.`,
    );
  }

  /** @returns how many steps the phase has when nothing kills it */
  async #stepsOf(phase: KillPhase): Promise<number> {
    const known = this.#steps.get(phase);
    if (known !== undefined) return known;
    this.#place.begin();
    const { steps } = await SCENES[phase](this.#place, undefined);
    for (const [name, count] of steps) {
      assert.ok(count > 20, `${name} has ${count} steps only`);
      if (name in SCENES) this.#steps.set(name as KillPhase, count);
    }
    return this.#steps.get(phase) ?? assert.fail(`${phase} never came`);
  }
}
