/** Makes the delta that Fossil makes (fossil.md 6.2). */
export declare function createDelta(source: Uint8Array, target: Uint8Array): Uint8Array;
