import { readHistory, type HistorySource } from '../engine/operations/history-source';
import { settingFlag } from '../engine/repository/setting-flag';
import { historySource } from './history-source';
import type { CommandContext } from './command';

/** Writes a moment, in Unix milliseconds, as `YYYY-MM-DD HH:MM:SS`. */
export type TimeFormat = (time: number) => string;

/** In UTC. */
export const formatTime: TimeFormat = (time) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

/** In UTC, or as clocks show it where this program runs, as the setting `timeline-utc` says. @param source - default: that of the command */
export async function timeFormat(context: CommandContext, source?: HistorySource): Promise<TimeFormat> {
  const isUtc = await readHistory(context.environment, source ?? (await historySource(context)), ({ repository }) =>
    settingFlag(repository, 'timeline-utc', true),
  );
  return isUtc ? formatTime : localTime;
}

function localTime(time: number): string {
  const moment = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const date = [String(moment.getFullYear()).padStart(4, '0'), two(moment.getMonth() + 1), two(moment.getDate())];
  const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two);
  return `${date.join('-')} ${clock.join(':')}`;
}
