import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's nursery small, for a process that makes short-lived bytes by the gigabyte: left to grow, it holds hundreds of megabytes
 * of them before it looks (measured on the crosslinking of 3,092 check-ins: 418 MB at the peak, 166 MB with this, at the same speed).
 * To be called before anything else runs; workers follow.
 */
export function collectEarly(): void {
  setFlagsFromString('--max-semi-space-size=2');
  setFlagsFromString('--semi-space-growth-factor=1');
}
