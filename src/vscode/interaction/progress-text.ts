import { describeByteRange, describeBytes, grouped } from '../../engine/operations/describe';
import { countsFiles, type Progress, type ProgressPhase } from '../../engine/progress';
import type { Translate } from './translate';

/** One line for a progress notification: "Receiving: 3,512 of 37,664 artifacts, 12 MB of 30–36 MB, 2.1 MB/s, 10 s left". */
export function progressText(progress: Progress, t: Translate): string {
  const parts = [artifactsText(progress, t), bytesText(progress, t), rateText(progress, t), etaText(progress, t)];
  const known = parts.filter((part) => part !== '');
  const phase = phaseText(progress, t);
  return known.length === 0 ? phase : t('{0}: {1}', phase, known.join(', '));
}

function phaseText({ phase, isContinued }: Progress, t: Translate): string {
  if (isContinued === true && phase === 'connect') return t('Continuing an interrupted clone…');
  if (isContinued === true && phase === 'receive') return t('Continuing an interrupted clone');
  switch (phase) {
    case 'connect':
      return t('Connecting');
    case 'receive':
      return t('Receiving');
    case 'send':
      return t('Sending');
    case 'verify':
      return t('Verifying');
    case 'crosslink':
      return t('Indexing');
    case 'read-files':
      return t('Reading files');
    case 'write-files':
      return t('Writing files');
    case 'finish':
      return t('Finishing');
  }
}

function artifactsText({ artifacts: { done, total }, phase }: Progress, t: Translate): string {
  if (done === 0 && total === undefined) return '';
  const count = total === undefined ? grouped(done) : t('{0} of {1}', grouped(done), grouped(total));
  const isOne = (total ?? done) === 1;
  if (countsFiles(phase)) return isOne ? t('{0} file', count) : t('{0} files', count);
  return isOne ? t('{0} artifact', count) : t('{0} artifacts', count);
}

/** The others come after a transfer, and still carry what that has moved. */
function movesBytes(phase: ProgressPhase): boolean {
  return phase === 'receive' || phase === 'send' || countsFiles(phase);
}

function bytesText({ phase, bytes: { done, total }, estimate }: Progress, t: Translate): string {
  if (done === 0 || !movesBytes(phase)) return '';
  if (total !== undefined && done <= total) return t('{0} of {1}', describeBytes(done), describeBytes(total));
  if (estimate === undefined || estimate.high < done) return describeBytes(done);
  if (estimate.basis === 'exact') return t('{0} of {1}', describeBytes(done), describeBytes(estimate.high));
  return t('{0} of {1}', describeBytes(done), describeByteRange(Math.max(estimate.low, done), estimate.high));
}

function rateText({ phase, rate }: Progress, t: Translate): string {
  return rate >= 1 && movesBytes(phase) ? t('{0}/s', describeBytes(Math.round(rate))) : '';
}

function etaText({ eta }: Progress, t: Translate): string {
  if (eta === undefined || !Number.isFinite(eta)) return '';
  if (eta < 90) return t('{0} s left', Math.max(1, Math.round(eta)));
  return t('{0} min left', Math.round(eta / 60));
}
