import { fflateZlib } from '../../src/engine/platform/zlib-fflate';
import { nodeZlib } from '../../src/engine/platform/zlib-node';
import { zlibConformance } from './zlib';

zlibConformance('Node', nodeZlib);
zlibConformance('fflate', fflateZlib);
