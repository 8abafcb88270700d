import { OTHER_SHA1, SAMPLES, SHA1, SHA3 } from './artifact-samples';
import { sealed } from './artifact-text';
import type { Seeded } from './seeded';

/** What a careless or hostile writer might put into an artifact. */
const JUNK = [
  ...[
    ' ',
    '  ',
    '\n',
    '\\',
    '\0',
    '\\0',
    '\\s',
    '.',
    '..',
    '/',
    '//',
    '/..',
    '\t',
    '\r',
    '12',
    'Z',
    '+',
    '-',
    '*',
    '\xff',
    'a\xff',
    'é',
  ],
  ...[
    '_FOSSIL_',
    'x.fslckout-wal',
    SHA1,
    SHA3,
    OTHER_SHA1.toUpperCase(),
    '2020-02-31T00:00:00',
    '2020-13-01',
    '2459000.5',
    '12:00',
  ],
  ...['N t\n', 'P\n', 'P \n', 'U \n', 'U\n', 'C \n', 'W 0\n\n', 'W 3x\nabc\n', 'T +x * \n', 'T +abc * v\n', 'T + *\n'],
  ...[
    'F a \n',
    `F .fslckout ${SHA1}\n`,
    `F zz ${SHA1} \n`,
    `F zz ${SHA1} xl\n`,
    `M ${SHA1}\n`,
    `K ${SHA1}\n`,
    `Q +${SHA1} ${SHA3}\n`,
  ],
];
const SIGNATURE_STARTS = [
  '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n',
  '-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n',
  '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n',
];
const SIGNATURE_ENDS = ['-----BEGIN PGP SIGNATURE-----\nxx\n-----END\n', '\n-----BEGIN PGP SIGNATURE-----\nxx\n', ''];
const KEEPS_LINE_END = /(?<=\n)/;

/** @returns an artifact a few edits away from a right one, with a right Z-card nearly always: else nothing behind it would be tested */
export function mutatedArtifact(seeded: Seeded): Uint8Array {
  let cards = seeded.pick(Object.values(SAMPLES));
  for (let edits = seeded.below(3); edits >= 0; edits--) cards = seeded.pick(EDITS)(seeded, cards);
  let artifact = sealed(Buffer.from(cards, 'latin1'));
  if (seeded.below(12) === 0) {
    artifact = joined([Buffer.from(seeded.pick(SIGNATURE_STARTS)), artifact, Buffer.from(seeded.pick(SIGNATURE_ENDS))]);
  }
  return seeded.below(25) === 0 ? seeded.mutated(artifact, 1) : artifact;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

type Edit = (seeded: Seeded, cards: string) => string;

const removeLine: Edit = (seeded, cards) => editLines(cards, (lines) => lines.splice(seeded.below(lines.length), 1));

const repeatLine: Edit = (seeded, cards) =>
  editLines(cards, (lines) => {
    const at = seeded.below(lines.length);
    lines.splice(at, 0, lines[at] ?? '');
  });

const swapLines: Edit = (seeded, cards) =>
  editLines(cards, (lines) => {
    const [a, b] = [seeded.below(lines.length), seeded.below(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  });

const foreignLine: Edit = (seeded, cards) =>
  editLines(cards, (lines) => {
    lines.splice(
      seeded.below(lines.length + 1),
      0,
      seeded.pick(seeded.pick(Object.values(SAMPLES)).split(KEEPS_LINE_END)),
    );
    if (seeded.below(2)) lines.sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
  });

const junkLine: Edit = (seeded, cards) =>
  editLines(cards, (lines) => lines.splice(seeded.below(lines.length + 1), 0, seeded.pick(JUNK)));

const junkToken: Edit = (seeded, cards) =>
  editLines(cards, (lines) => {
    const at = seeded.below(lines.length);
    const tokens = (lines[at] ?? '').slice(0, -1).split(' ');
    tokens.splice(seeded.below(tokens.length + 1), seeded.below(2), seeded.pick(JUNK));
    lines[at] = `${tokens.join(' ')}\n`;
  });

const junkAnywhere: Edit = (seeded, cards) => {
  const at = seeded.below(cards.length + 1);
  return cards.slice(0, at) + seeded.pick(JUNK) + cards.slice(at);
};

const cutAnywhere: Edit = (seeded, cards) => {
  const at = seeded.below(cards.length + 1);
  return cards.slice(0, at) + cards.slice(at + 1 + seeded.below(3));
};

const EDITS = [removeLine, repeatLine, swapLines, foreignLine, junkLine, junkToken, junkAnywhere, cutAnywhere];

function editLines(cards: string, edit: (lines: string[]) => void): string {
  const lines = cards.split(KEEPS_LINE_END);
  edit(lines);
  return lines.join('');
}
