import type { EventType } from '../engine/repository/version-names';

/** What `-t` and `--type` take. */
export const EVENT_TYPES: readonly EventType[] = ['ci', 'w', 't', 'e', 'g', 'f'];
