import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (src/DESIGN.md). A layer is a folder of src; the list names the layers that it may import besides itself.
 * `engine/errors`, `engine/progress` and `engine/identifiers` are open to every layer of the engine.
 */
const layers = {
  'engine/platform': [],
  'engine/codec': ['engine/platform'],
  'engine/artifact': ['engine/platform', 'engine/codec'],
  'engine/repository': ['engine/platform', 'engine/codec', 'engine/artifact'],
  'engine/git': ['engine/platform', 'engine/codec', 'engine/artifact', 'engine/repository'],
  'engine/checkout': ['engine/platform', 'engine/codec', 'engine/artifact', 'engine/repository'],
  'engine/xfer': ['engine/platform', 'engine/codec', 'engine/artifact', 'engine/repository'],
  'engine/transport': ['engine/platform', 'engine/codec', 'engine/xfer'],
  'engine/operations': [
    'engine/platform',
    'engine/codec',
    'engine/artifact',
    'engine/repository',
    'engine/checkout',
    'engine/git',
    'engine/xfer',
    'engine/transport',
  ],
  cli: ['engine'],
  host: ['engine'],
  vscode: ['host', 'engine'],
};

const everyLayer = Object.keys(layers);
const engineLayers = everyLayer.filter((name) => name.startsWith('engine/'));

/** @returns a pattern for each folder that `layer` may not import, over import specifiers */
function forbiddenFrom(layer) {
  const allowed = new Set([layer, ...layers[layer].flatMap((name) => (name === 'engine' ? engineLayers : [name]))]);
  return everyLayer
    .filter((other) => !allowed.has(other))
    .map((other) => ({
      regex: `^\\.\\.?/(.*/)?${other.split('/').pop()}/`,
      message: `${layer} must not import ${other} (src/DESIGN.md, "The house").`,
    }));
}

const noVscode = { regex: '^vscode$', message: 'Only src/vscode and src/extension.ts know VS Code.' };

export default tseslint.config(
  { ignores: ['dist/**', 'out/**'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'ExportAllDeclaration', message: 'No barrel files.' },
      ],
      'max-lines': ['error', 500],
      eqeqeq: 'error',
    },
  },
  ...everyLayer.map((layer) => ({
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [...forbiddenFrom(layer), ...(layer === 'vscode' ? [] : [noVscode])] },
      ],
    },
  })),
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test and mocha suites are closures by design; their callbacks await what they start.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: ['describe', 'it'] }],
      // A test asserts with `!` where the assertion before has already failed on undefined.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
