import { runHostTests } from '../host/run';
import { packedExtension, packExtension } from '../support/packed-extension';
import { failedSummary } from '../support/summary';
import type { HostName } from '../support/vscode-host';
import { mochaPart } from './mocha-part';
import type { Part } from './part';

/** The tests in a real VS Code: inside its extension host, and from outside through its window. */
export function windowParts(): Part[] {
  return [hostPart('newest'), hostPart('oldest'), uiPart()].map((part) => ({ ...part, opensWindows: true }));
}

function hostPart(host: HostName): Part {
  const name = `host-${host}`;
  return {
    name,
    run: async () => {
      try {
        return await runHostTests(host, await packExtension());
      } catch (error) {
        return failedSummary(name, error);
      }
    },
  };
}

function uiPart(): Part {
  return mochaPart({
    name: 'ui',
    specs: ['test/ui/**/*.test.ts'],
    node: async () => {
      await packExtension();
      return process.execPath;
    },
    env: {
      TRILOBITE_VSIX: packedExtension,
      TRILOBITE_SCREENSHOTS: process.env['TRILOBITE_SCREENSHOTS'] ?? 'failures',
    },
    timeout: 180_000,
  });
}
