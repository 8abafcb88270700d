/** Steps of SHA-1's compression. */
const STEPS = 80;
/** Words of a vector before step 0 that the corrections of the first steps look back to. */
const BEFORE = 5;

/** A way in which all known attacks make two messages collide: where the differences are begun, and which bits of the message then differ. */
export interface DisturbanceVector {
  /** `I(K,b)` or `II(K,b)`, as the literature calls it. */
  name: string;
  /** A step before which both computations have the same state. */
  step: number;
  /** Bits in which the words that a step computes differ when every difference is corrected as planned; by step. */
  disturbances: Int32Array;
  /** Bits in which the 80 expanded words of the message differ. */
  messageDifferences: Int32Array;
}

/** Type, K and b of the vectors that an attack can afford (M. Stevens, "Counter-cryptanalysis", 2013). */
const AFFORDABLE: readonly (readonly ['I' | 'II', number, number])[] = [
  ...[43, 44, 45, 46, 47, 48, 49, 50, 51, 52].map((k) => ['I', k, 0] as const),
  ...[46, 47, 48, 49, 50, 51].map((k) => ['I', k, 2] as const),
  ...[45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56].map((k) => ['II', k, 0] as const),
  ...[46, 49, 50, 51].map((k) => ['II', k, 2] as const),
];

let vectors: readonly DisturbanceVector[] | undefined;

/** Computed once, by whoever first asks: most programs never do. */
export function disturbanceVectors(): readonly DisturbanceVector[] {
  return (vectors ??= AFFORDABLE.map(vectorOf));
}

function vectorOf([type, k, b]: (typeof AFFORDABLE)[number]): DisturbanceVector {
  const words = expand(k, seed(type, b));
  const at = (step: number): number => words[step + BEFORE] as number;
  return {
    name: `${type}(${k},${b})`,
    // The last disturbance before the quiet stretch is corrected five steps later.
    step: type === 'I' ? k + 5 : k + 9,
    disturbances: Int32Array.from({ length: STEPS }, (_, step) => at(step)),
    messageDifferences: Int32Array.from({ length: STEPS }, (_, step) => correction(at, step)),
  };
}

/** Sixteen words that decide the whole vector: those of the steps K to K + 15. */
function seed(type: 'I' | 'II', b: number): Int32Array {
  const words = new Int32Array(16);
  words[15] = 1 << b;
  if (type === 'II') words[1] = words[3] = 1 << ((b + 31) & 31);
  return words;
}

/** Continues the sixteen words in both directions by the rule of SHA-1's message expansion. */
function expand(k: number, sixteen: Int32Array): Int32Array {
  const words = new Int32Array(BEFORE + STEPS);
  const at = (step: number): number => words[step + BEFORE] as number;
  words.set(sixteen, k + BEFORE);
  for (let step = k + 16; step < STEPS; step++) {
    words[step + BEFORE] = rotate(at(step - 3) ^ at(step - 8) ^ at(step - 14) ^ at(step - 16), 1);
  }
  for (let step = k - 1; step >= -BEFORE; step--) {
    words[step + BEFORE] = rotate(at(step + 16), 31) ^ at(step + 13) ^ at(step + 8) ^ at(step + 2);
  }
  return words;
}

/** What a message must differ in at a step, to begin a disturbance there and to correct the five before. */
function correction(at: (step: number) => number, step: number): number {
  const carried = rotate(at(step - 3) ^ at(step - 4) ^ at(step - 5), 30);
  return at(step) ^ rotate(at(step - 1), 5) ^ at(step - 2) ^ carried;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
