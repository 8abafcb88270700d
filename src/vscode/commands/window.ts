import type { Command } from './command';
import { targetSession } from './command-target';

/** Reads the state anew, also after a failure. */
export const refresh: Command = {
  id: 'trilobite.refresh',
  async run(context, args) {
    const session = await targetSession(context, args);
    await session?.refresh();
    if (session?.problem !== undefined) throw session.problem;
  },
};

/** Takes a checkout out of this window; nothing on the disk changes. */
export const close: Command = {
  id: 'trilobite.close',
  async run(context, args) {
    const session = await targetSession(context, args);
    if (session !== undefined) context.sessions.close(session, true);
  },
};

export const showLog: Command = {
  id: 'trilobite.showLog',
  run(context) {
    context.log.show();
    return Promise.resolve();
  },
};
