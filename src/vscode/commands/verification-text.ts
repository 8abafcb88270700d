import { countOf, describeBytes } from '../../engine/operations/describe';
import type { VerifyOutcome } from '../../engine/operations/verify';
import type { Finding } from '../../engine/repository/finding';
import type { Translate } from '../interaction/translate';

/** What a verification has found, in a few sentences; of several problems the first. */
export function verificationText(outcome: VerifyOutcome, t: Translate): string {
  const { artifacts, logicalBytes, phantoms, findings, isChanged } = outcome;
  const [first] = findings;
  const read = t('{0} verified ({1})', countOf(artifacts, 'artifact'), describeBytes(logicalBytes));
  return [
    ...(first === undefined
      ? [t('{0}: nothing is wrong.', read)]
      : findings.length === 1
        ? [t('{0}: 1 problem found.', read), findingText(first, t)]
        : [
            t('{0}: {1} found.', read, countOf(findings.length, 'problem')),
            t('The first: {0}', findingText(first, t)),
          ]),
    ...(phantoms.length === 0
      ? []
      : [t('{0} known by name only: a sync may bring what is missing.', countOf(phantoms.length, 'artifact'))]),
    ...(isChanged ? [t('Another program wrote meanwhile: what came then has not been looked at.')] : []),
  ].join(' ');
}

/** What is wrong, and what to do: with the commands of this window, for the command line may not be at hand. */
export function findingText({ problem, advice }: Finding, t: Translate): string {
  return `${problem} ${advice.replaceAll('"trilobite rebuild"', `"${t('Fossil: Rebuild Repository')}"`)}`;
}
