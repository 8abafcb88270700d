/** One check-in of the demo project: files by path, and who wrote them. */
export interface DemoCheckin {
  user: string;
  message: string;
  files: Record<string, string>;
}

/** The history that the server starts with. */
export const demoCheckins: readonly DemoCheckin[] = [
  {
    user: 'mary',
    message: 'A catalogue of trilobites',
    files: {
      'README.md': '# Trilobites\n\nA small catalogue of extinct marine arthropods.\n',
      'catalogue/phacops.md': '# Phacops\n\nDevonian. Its compound eyes had large, separate lenses.\n',
      'catalogue/olenellus.md': '# Olenellus\n\nEarly Cambrian. One of the oldest known trilobites.\n',
    },
  },
  {
    user: 'charles',
    message: 'Say when each of them lived',
    files: {
      'periods.json': `${JSON.stringify({ phacops: [419, 359], olenellus: [521, 509] }, null, 2)}\n`,
      'catalogue/phacops.md':
        '# Phacops\n\nDevonian, 419 to 359 million years ago. Its compound eyes had large, separate lenses.\n',
    },
  },
  {
    user: 'mary',
    message: 'Add Elrathia, and leave notes out of the repository',
    files: {
      'catalogue/elrathia.md': '# Elrathia kingii\n\nMiddle Cambrian. Found by the thousand in Utah.\n',
      '.fossil-settings/ignore-glob': '*.tmp\n',
    },
  },
];

/** What somebody else pushes after the clone: a Sync brings it. */
export const laterCheckin: DemoCheckin = {
  user: 'ada',
  message: 'Correct the age of Olenellus',
  files: {
    'catalogue/olenellus.md': '# Olenellus\n\nEarly Cambrian, about 521 million years ago. One of the oldest.\n',
  },
};

/** What is changed in the checkout and not committed yet. */
export const localEdits = {
  edited: { 'README.md': '# Trilobites\n\nA small catalogue of extinct marine arthropods, with their ages.\n' },
  unmanaged: { 'catalogue/asaphus.md': '# Asaphus kowalewskii\n\nOrdovician. Its eyes stood on long stalks.\n' },
  missing: ['periods.json'],
} as const;
