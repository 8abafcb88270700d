/** Applies a delta (fossil.md 6.1). @throws EngineError `delta-malformed` */
export declare function applyDelta(source: Uint8Array, delta: Uint8Array): Uint8Array;
/** Size in bytes of the target, from the delta's header alone. @throws EngineError `delta-malformed` */
export declare function deltaTargetSize(delta: Uint8Array): number;
