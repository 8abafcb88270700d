import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { OpenedProject } from '../opened-project';

describe('Fossil: Clone', () => {
  let project: OpenedProject;

  before(async () => {
    project = await OpenedProject.open();
  });

  it('clones from a stock server without a login, and opens a checkout that fossil accepts', async () => {
    await cloneInto('anonymous', { url: project.facts.url });
  });

  it('clones with a user and a password', async () => {
    const { url, user, password } = project.facts;
    await cloneInto('with-login', { url: url.replace('://', `://${user}@`), password });
  });

  async function cloneInto(name: string, plan: Readonly<Record<string, string>>): Promise<void> {
    const repository = path.join(project.facts.directory, `${name}.fossil`);
    const directory = path.join(project.facts.directory, name);
    await vscode.commands.executeCommand('trilobite.clone', { ...plan, repository, directory });
    assert.match(await project.fossil(['test-integrity', repository]), /low-level database integrity-check: ok/);
    assert.equal(await project.fossil(['changes'], directory), '');
  }
});
