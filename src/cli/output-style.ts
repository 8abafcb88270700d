import { type HistorySource, readHistory } from '../engine/operations/history-source';
import { type ShortHash, shortHashOf } from '../engine/operations/short-hash';
import { settingFlag } from '../engine/repository/setting-flag';
import { settingInteger } from '../engine/repository/setting-integer';
import { DEFAULT_COMMENT_FORMAT, type Fold, foldOf } from './comment-format';
import type { CommandContext } from './command';
import { integerOption, outputWidth } from './history-source';
import { formatTime, localTime, type TimeFormat } from './time-format';

/** How output looks where settings have a say in it. */
export interface OutputStyle {
  formatTime: TimeFormat;
  shortHash: ShortHash;
  fold: Fold;
}

/**
 * What the settings `timeline-utc`, `hash-digits` and `comment-format` say, those of the repository or else of the user, and the
 * options of the command.
 * @param narrowest - columns that `-W` must at least give
 * @throws EngineError `usage` for a width or a format that is none
 */
export async function outputStyle(
  context: CommandContext,
  source: HistorySource,
  narrowest?: number,
): Promise<OutputStyle> {
  const { environment, options } = context;
  const width = outputWidth(context, narrowest);
  const format = integerOption(options, 'comment-format') ?? integerOption(options, 'comfmtflags');
  return readHistory(environment, source, ({ repository }) => ({
    formatTime: settingFlag(repository, 'timeline-utc', true) ? formatTime : localTime,
    shortHash: shortHashOf(repository),
    fold: foldOf(format ?? settingInteger(repository, 'comment-format') ?? DEFAULT_COMMENT_FORMAT, width),
  }));
}
