import { createNodeHashing } from '../../src/engine/platform/hash-node';
import { fflateZlib } from '../../src/engine/platform/zlib-fflate';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import { artifactTarget } from './artifact-target';
import { cardsTarget } from './cards-target';
import { containerTarget } from './container-target';
import { deltaTarget } from './delta-target';
import type { FuzzTarget } from './fuzz-target';
import { sessionClientTarget } from './session-client-target';
import { sessionServerTarget } from './session-server-target';

/** Everything that takes bytes of strangers apart. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  return [
    artifactTarget(await createNodeHashing()),
    deltaTarget,
    containerTarget('node', nodeZlib),
    containerTarget('fflate', fflateZlib),
    cardsTarget,
    sessionClientTarget(),
    sessionServerTarget(),
  ];
}
