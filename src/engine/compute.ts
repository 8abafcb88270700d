import { serveTasks } from './platform/pool-server';
import { verifyTask } from './repository/verify-task';

/** The entry of the compute workers. Every task that is given to the pool is listed here. */
export const { ready, runTask } = serveTasks([verifyTask]);
