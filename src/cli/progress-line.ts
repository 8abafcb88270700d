import { countOf, describeByteRange, describeBytes, grouped } from '../engine/operations/describe';
import { countsFiles, type Progress, type ProgressPhase } from '../engine/progress';

const PHASES: Record<ProgressPhase, string> = {
  connect: 'Connecting',
  receive: 'Receiving',
  send: 'Sending',
  verify: 'Verifying',
  crosslink: 'Indexing',
  'read-files': 'Reading files',
  'write-files': 'Writing files',
  finish: 'Finishing',
};
const BAR_CELLS = 24;
/** Below this width in columns there is no bar, only words. */
const WIDTH_FOR_BAR = 60;

/** One line of at most `width` columns: a bar, per cent, what is happening, and how long it will take. */
export function progressLine(progress: Progress, width: number): string {
  const percent = `${Math.floor(progress.fraction * 100)} %`.padStart(5);
  const words = [phaseText(progress), ...amounts(progress)].join(', ');
  const line = width < WIDTH_FOR_BAR ? `${percent} ${words}` : `${bar(progress.fraction)} ${percent}  ${words}`;
  return line.slice(0, Math.max(0, width - 1));
}

function phaseText({ phase, isContinued }: Progress): string {
  if (isContinued === true && phase === 'connect') return 'Continuing an interrupted clone…';
  return isContinued === true && phase === 'receive' ? 'Continuing an interrupted clone' : PHASES[phase];
}

function bar(fraction: number): string {
  const full = Math.round(fraction * BAR_CELLS);
  return `[${'='.repeat(full)}${' '.repeat(BAR_CELLS - full)}]`;
}

function amounts({ phase, artifacts, bytes, estimate, rate, eta }: Progress): string[] {
  return [
    ...(artifacts.done > 0 ? [countText(artifacts, phase)] : []),
    ...(bytes.done > 0 ? [ofRange(bytes, estimate)] : []),
    ...(rate >= 1 ? [`${describeBytes(Math.round(rate))}/s`] : []),
    ...(eta === undefined ? [] : [`${timeText(eta)} left`]),
  ];
}

function timeText(seconds: number): string {
  return seconds < 90 ? countOf(Math.ceil(seconds), 'second') : countOf(Math.round(seconds / 60), 'minute');
}

/** `5 files`, `3,512 of 37,664 artifacts`. */
function countText({ done, total }: Progress['artifacts'], phase: ProgressPhase): string {
  const noun = countsFiles(phase) ? 'file' : 'artifact';
  return total === undefined ? countOf(done, noun) : `${grouped(done)} of ${countOf(total, noun)}`;
}

/** A range while the total is not exact. */
function ofRange({ done, total }: Progress['bytes'], estimate: Progress['estimate']): string {
  if (total !== undefined || estimate === undefined || estimate.high < done)
    return total === undefined ? describeBytes(done) : `${describeBytes(done)} of ${describeBytes(total)}`;
  return `${describeBytes(done)} of ${describeByteRange(Math.max(estimate.low, done), estimate.high)}`;
}
