import type { Zlib } from '../platform/zlib';

/** Bytes that a container declares for its content (fossil.md 1.3). @throws EngineError `container-malformed` */
export declare function containerSize(container: Uint8Array): number;
/** @param limit - refuse more declared bytes than this, before allocating. @throws `container-malformed`, `artifact-too-large` */
export declare function unpackContainer(zlib: Zlib, container: Uint8Array, limit?: number): Uint8Array;
export declare function packContainer(zlib: Zlib, bytes: Uint8Array, level?: number): Uint8Array;
