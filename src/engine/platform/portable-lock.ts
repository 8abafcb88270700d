import { EngineError } from '../errors';
import { pause } from './pause';
import { hasJournal } from './portable-signature';

/**
 * Waits while another program, such as `fossil`, has a journal beside the database.
 * @throws EngineError `repository-locked`
 */
export function waitForJournal(database: string, patience: number): void {
  const deadline = Date.now() + patience;
  while (hasJournal(database)) {
    if (Date.now() >= deadline) {
      throw new EngineError(
        'repository-locked',
        `${database} is being written by another program. Try again when that has finished.`,
      );
    }
    pause(10);
  }
}
