import { serveTasks } from '../../src/engine/platform/pool-server';
import { sampleTasks } from './sample-tasks';

/** A worker's entry as src/engine/compute.ts is, with tasks to test the pool by. */
export const { ready, runTask } = serveTasks(sampleTasks);
