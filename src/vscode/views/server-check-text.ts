import { countOf, describeBytes } from '../../engine/operations/describe';
import type { PeekedArtifact } from '../../engine/operations/peek';
import type { FailedCheck, Finding } from '../checkout/server-check';
import type { Translate } from '../interaction/translate';

/** What stands beside "On the Server". */
export interface ServerCheckText {
  description: string;
  tooltip: string;
}

interface Check {
  isRunning: boolean;
  finding: Finding | undefined;
  failure: FailedCheck | undefined;
}

/**
 * How a check of the server went, in words: "checking…", "nothing new · 14:05", "2 check-ins · 5 artifacts · 3 kB · 14:05", "offline · 14:05".
 *
 * @param timeInWords - "14:05" for Unix milliseconds
 */
export function serverCheckText(
  { isRunning, finding, failure }: Check,
  timeInWords: (time: number) => string,
  t: Translate,
): ServerCheckText {
  const found = finding === undefined ? [] : foundInWords(finding.outcome.incoming, t);
  const sentences = finding === undefined ? [] : [foundInASentence(finding, timeInWords, t)];
  if (isRunning) return { description: [t('checking…'), ...found].join(' · '), tooltip: sentences.join('') };
  if (failure !== undefined) {
    const state = failure.isOffline ? t('offline') : t('could not be checked');
    return {
      description: [state, timeInWords(failure.at), ...found].join(' · '),
      tooltip: [t('Tried at {0}: {1}', timeInWords(failure.at), failure.sentence), ...sentences].join('\n'),
    };
  }
  const time = finding === undefined ? [] : [timeInWords(finding.at)];
  return { description: [...found, ...time].join(' · '), tooltip: sentences.join('') };
}

function foundInASentence({ outcome, at }: Finding, timeInWords: (time: number) => string, t: Translate): string {
  return outcome.incoming.length === 0
    ? t('Checked at {0}: everything that {1} has is here.', timeInWords(at), outcome.url)
    : t('Checked at {0}: {1} has this, and none of it is here yet. Sync brings it.', timeInWords(at), outcome.url);
}

/** As the result of a sync counts: all artifacts, check-ins and files among them. */
function foundInWords(incoming: readonly PeekedArtifact[], t: Translate): string[] {
  if (incoming.length === 0) return [t('nothing new')];
  const checkins = incoming.filter(({ kind }) => kind === 'checkin').length;
  return [
    ...(checkins === 0 ? [] : [countOf(checkins, 'check-in')]),
    countOf(incoming.length, 'artifact'),
    ...sizeInWords(incoming, t),
  ];
}

/** A stock server does not tell how large files are. */
export function sizeInWords(artifacts: readonly PeekedArtifact[], t: Translate): string[] {
  const sizes = artifacts.flatMap(({ size }) => size ?? []);
  if (sizes.length === 0) return [];
  const bytes = describeBytes(sizes.reduce((sum, size) => sum + size, 0));
  return [sizes.length === artifacts.length ? bytes : t('at least {0}', bytes)];
}
