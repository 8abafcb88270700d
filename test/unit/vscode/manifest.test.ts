import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Manifest {
  contributes: {
    commands: { command: string; category: string }[];
    menus: Record<string, { command: string }[]>;
    viewsWelcome: { contents: string }[];
    configuration: { properties: Record<string, unknown> };
  };
}

const project = path.resolve(__dirname, '../../..');
const { contributes } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as Manifest;
const declared = contributes.commands.map(({ command }) => command).sort();
const sources = readdirSync(path.join(project, 'src/vscode'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.name.endsWith('.ts'))
  .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));

describe('the manifest', () => {
  it('declares the commands that the source makes, and no other', () => {
    const made = sources.flatMap((text) =>
      [...text.matchAll(/(?:\bid: |syncCommand\()'(trilobite\.\w+)'/g)].map((match) => match[1]),
    );
    assert.deepEqual(declared, made.sort());
  });

  it('gives every command the category Fossil', () => {
    assert.ok(contributes.commands.every(({ category }) => category === 'Fossil'));
  });

  it('offers in menus and welcome texts only commands that exist', () => {
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const inTexts = contributes.viewsWelcome.flatMap(({ contents }) =>
      [...contents.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1] ?? ''),
    );
    assert.ok(inTexts.length > 0);
    assert.deepEqual(
      [...inMenus, ...inTexts].filter((command) => !declared.includes(command)),
      [],
    );
  });

  it('has a README whose pictures leave no trace where they cannot be shown', () => {
    // The details page of VS Code takes pictures from the web alone, and shows the text instead of one that it does not take.
    const readme = readFileSync(path.join(project, 'README.md'), 'utf8');
    assert.deepEqual(
      [...readme.matchAll(/!\[(.*?)\]\(/g)].map((match) => match[1]),
      [''],
    );
  });

  it('declares every setting that is read', () => {
    const settings = Object.keys(contributes.configuration.properties);
    const text = readFileSync(path.join(project, 'src/vscode/settings.ts'), 'utf8');
    for (const setting of settings) assert.ok(text.includes(`'${setting.replace('trilobite.', '')}'`), setting);
  });
});
