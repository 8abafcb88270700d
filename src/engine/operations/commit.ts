import { commit } from '../checkout/commit';
import type { Environment } from '../platform/environment';
import { committer } from './committer';
import { countOf, shortHash } from './describe';
import { type Interaction, observationOf } from './interaction';
import { writeCheckout } from './with-checkout';

export interface CommitRequest {
  message: string;
  /** Relative paths; absent: all changes. */
  files?: string[];
  user?: string;
  /** Start a new branch. */
  branch?: string;
  allowFork?: boolean;
}

export interface CommitOutcome {
  hash: string;
  branch: string;
  files: number;
  /** In words: "Committed 3 files as 1f2e3d4c5b on trunk". */
  summary: string;
}

export function commitCheckout(
  environment: Environment,
  root: string,
  request: CommitRequest,
  interaction: Interaction,
): Promise<CommitOutcome> {
  return writeCheckout(environment, root, interaction, async (checkout) => {
    const user = await committer(checkout, request.user, interaction);
    const { hash, branch, files } = await commit(checkout, {
      ...observationOf(interaction),
      comment: request.message,
      user,
      ...(request.files === undefined ? {} : { files: request.files }),
      ...(request.branch === undefined ? {} : { branch: request.branch }),
      ...(request.allowFork === undefined ? {} : { allowFork: request.allowFork }),
    });
    return { hash, branch, files, summary: `Committed ${countOf(files, 'file')} as ${shortHash(hash)} on ${branch}` };
  });
}
