import type { Checkout } from '../checkout/checkout';
import { commit, type CommitResult } from '../checkout/commit';
import { EngineError } from '../errors';
import type { Environment } from '../platform/environment';
import type { CheckinLockHolder } from '../xfer/checkin-lock-client';
import type { Transport } from '../xfer/transport';
import { askingOnce } from './attended-transport';
import { Autosync, type AutosyncReport } from './autosync';
import { committer } from './committer';
import { countOf, describeSkew } from './describe';
import { type Fork, forksInWords, forksOf } from './forks';
import { type Interaction, observationOf } from './interaction';
import { shortHashOf } from './short-hash';
import { stageOf } from './stage-progress';
import { writeCheckout } from './with-checkout';

export interface CommitRequest {
  message: string;
  /** Relative paths; absent: all changes. */
  files?: string[];
  user?: string;
  /** Start a new branch. */
  branch?: string;
  allowFork?: boolean;
  /** False: neither pulls before nor pushes after, whatever the settings say. */
  autosync?: boolean;
  /** Commits though the server's clock tells another time. */
  ignoresClockSkew?: boolean;
  /** Keep a password that is asked for in the repository, obscured as Fossil does; the editor keeps it elsewhere. */
  rememberPassword?: boolean;
}

export interface CommitOutcome {
  hash: string;
  branch: string;
  files: number;
  /** What was sent afterwards; absent where the settings do not want it, or there is no remote. */
  pushed?: AutosyncReport;
  /** The branch has more than one open leaf now. */
  fork?: Fork;
  /** In words: "Committed 3 files as 1f2e3d4c5b on trunk". */
  summary: string;
}

/** What holds while the commit is written. */
interface Preparation {
  autosync?: Autosync;
  avoidDeltaManifest: boolean;
}

/**
 * Commits; with a remote, and where the settings want it, after a pull that also locks the parent, and before a push (fossil.md 3.6).
 * @param transport - absent: no network, whatever the settings say
 * @throws EngineError what `commit` throws, `would-fork` also when somebody else has locked the parent; what the pull throws when the
 * user does not want to go on without; `clock-skew`. Nothing is committed then. A push that fails is part of the outcome.
 */
export function commitCheckout(
  environment: Environment,
  root: string,
  request: CommitRequest,
  asked: Interaction,
  transport?: Transport,
): Promise<CommitOutcome> {
  // A certificate that is trusted for once is trusted by the pull before and by the push after.
  const interaction = askingOnce(asked);
  return writeCheckout(environment, root, interaction, async (checkout) => {
    const user = await committer(checkout, request.user, interaction);
    const autosync = transport && autosyncOf(checkout, request, transport);
    if (autosync === undefined) {
      return outcomeOf(checkout, await write(checkout, user, request, interaction, { avoidDeltaManifest: false }));
    }
    const preparation = await prepare(checkout, request, autosync, stageOf(interaction, 0, 0.3));
    let result: CommitResult;
    try {
      result = await write(checkout, user, request, stageOf(interaction, 0.3, 0.5), preparation);
    } catch (error) {
      await autosync.release(stageOf(interaction, 0.5, 1));
      throw error;
    }
    return outcomeOf(checkout, result, await autosync.after(stageOf(interaction, 0.5, 1)));
  });
}

/** Private check-ins stay here, and what is not sent needs no lock. */
function autosyncOf(checkout: Checkout, request: CommitRequest, transport: Transport): Autosync | undefined {
  const { repository, current } = checkout;
  if (request.autosync === false || (current !== 0 && repository.blobs.isPrivate(current))) return undefined;
  const { rememberPassword = false } = request;
  return Autosync.of({ repository, checkout, command: 'commit', rememberPassword }, transport);
}

async function prepare(
  checkout: Checkout,
  request: CommitRequest,
  autosync: Autosync,
  interaction: Interaction,
): Promise<Preparation> {
  const { repository, current } = checkout;
  const mayFork = request.allowFork === true;
  const { report, lock } = await autosync.before(
    interaction,
    current === 0 || mayFork ? {} : { lock: repository.blobs.hash(current) },
  );
  if (lock.holder !== undefined && request.branch === undefined) throw race(lock.holder, environmentNow(checkout));
  const { clockSkew } = report;
  if (clockSkew !== undefined && request.ignoresClockSkew !== true) await requireTrust(clockSkew, interaction);
  return { autosync, avoidDeltaManifest: lock.avoidsDeltaManifests };
}

function write(
  checkout: Checkout,
  user: string,
  request: CommitRequest,
  interaction: Interaction,
  { avoidDeltaManifest }: Preparation,
): Promise<CommitResult> {
  const { message, files, branch, allowFork } = request;
  return commit(checkout, {
    ...observationOf(interaction),
    comment: message,
    user,
    avoidDeltaManifest,
    ...(files === undefined ? {} : { files }),
    ...(branch === undefined ? {} : { branch }),
    ...(allowFork === undefined ? {} : { allowFork }),
  });
}

function outcomeOf(checkout: Checkout, result: CommitResult, pushed?: AutosyncReport): CommitOutcome {
  const { hash, branch, files } = result;
  const shortHash = shortHashOf(checkout.repository);
  const forks = forksOf(checkout.repository).filter((candidate) => candidate.branch === branch);
  const [fork] = forks;
  const sentences = [
    `Committed ${countOf(files, 'file')} as ${shortHash(hash)} on ${branch}`,
    ...(pushed === undefined ? [] : pushInWords(pushed)),
    ...forksInWords(forks, shortHash),
  ];
  return {
    hash,
    branch,
    files,
    ...(pushed === undefined ? {} : { pushed }),
    ...(fork === undefined ? {} : { fork }),
    summary: sentences.join('. '),
  };
}

function pushInWords({ url, failure, wasPushRefused }: AutosyncReport): string[] {
  if (failure !== undefined) return [`It is saved here, but was not sent to ${url}: ${withoutStop(failure.sentence)}`];
  if (wasPushRefused) return [`It is saved here, but ${url} does not let you push`];
  return [];
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function environmentNow({ environment }: Checkout): number {
  return environment.clock.now() / 1000;
}

function race({ user, since }: CheckinLockHolder, now: number): EngineError {
  const age = since === undefined || since > now ? '' : ` (for ${Math.ceil(now - since)} s)`;
  return new EngineError(
    'would-fork',
    `${user ?? 'Somebody who has not logged in'} is about to commit to the same version${age}: this commit might make a fork. Update in a moment, or commit to a new branch.`,
  );
}

async function requireTrust(clockSkew: number, { questions }: Interaction): Promise<void> {
  const sentence = `${describeSkew(clockSkew)}.`;
  const answer = await questions.goOn?.({ kind: 'clock-skew', command: 'commit', sentence });
  if (answer === true) return;
  if (answer === false) throw new EngineError('cancelled', 'Nothing was committed.');
  throw new EngineError(
    'clock-skew',
    `${sentence} Nothing was committed. Set this computer's clock, then commit again.`,
  );
}
