import type { KillMoment } from './child-work';
import type { KillPlace } from './kill-place';
import type { ChildEnding } from './killed-child';

/**
 * Lets a child work and kills it at the moment, or never; then asks what is left and lets somebody go on with it.
 * @throws Error when something is lost, broken, or begun anew that need not be
 */
export type Scene = (place: KillPlace, moment: KillMoment | undefined) => Promise<ChildEnding>;
