import * as assert from 'node:assert/strict';
import { isBuiltin } from 'node:module';
import * as vscode from 'vscode';

describe('The extension', () => {
  it('is installed from its package, not run from its source', () => {
    const extension = vscode.extensions.getExtension('trilobite.trilobite');
    assert.ok(extension, 'trilobite.trilobite is not installed');
    assert.equal(vscode.env.appHost, 'server-distro');
    assert.match(extension.extensionPath, /extensions[/\\]trilobite\.trilobite-/);
  });

  it('activates', async () => {
    const extension = vscode.extensions.getExtension('trilobite.trilobite')!;
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('has a SQLite of the editor in the newest VS Code, and only its own in the oldest', () => {
    assert.equal(isBuiltin('node:sqlite'), !vscode.version.startsWith('1.100.'));
  });
});
