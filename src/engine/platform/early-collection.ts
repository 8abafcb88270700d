import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's nursery small and has it look through the rest once that is half as large again, for a process that makes short-lived bytes
 * by the gigabyte: left to grow, heaps hold hundreds of megabytes of them (measured on the crosslinking of 3,092 check-ins: 418 MB at the
 * peak, 166 MB with a small nursery, at the same speed; on a rebuild of 20,700 check-ins 698 MB, 523 MB with the second flag, for 4 % of
 * processor time). To be called before anything else runs; workers follow.
 *
 * So small a nursery is looked through by the thread that fills it: helpers for a part of a millisecond take longer to wake than they save, and
 * the processor from the workers (measured on clones of 37,664 artifacts: 4 to 7 % of processor time and of the whole).
 */
export function collectEarly(): void {
  setFlagsFromString('--max-semi-space-size=2');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--no-parallel-scavenge');
}
