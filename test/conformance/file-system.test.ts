import { nodeFileSystem } from '../../src/engine/platform/file-system-node';
import { fileSystemConformance } from './file-system';

fileSystemConformance('Node', nodeFileSystem);
