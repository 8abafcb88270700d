/** Writes a moment, in Unix milliseconds, as `YYYY-MM-DD HH:MM:SS`. */
export type TimeFormat = (time: number) => string;

/** In UTC. */
export const formatTime: TimeFormat = (time) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

/** As clocks show it where this program runs. */
export const localTime: TimeFormat = (time) => {
  const moment = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const date = [String(moment.getFullYear()).padStart(4, '0'), two(moment.getMonth() + 1), two(moment.getDate())];
  const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two);
  return `${date.join('-')} ${clock.join(':')}`;
};
