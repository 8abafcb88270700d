const nobodyWakesThis = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread, as SQLite's busy timeout does, for some milliseconds. */
export function pause(milliseconds: number): void {
  Atomics.wait(nobodyWakesThis, 0, 0, milliseconds);
}
