import { version } from '../../package.json';
import type { Command } from './command';

export const versionCommand: Command = {
  name: 'version',
  usage: '',
  summary: 'Say which Trilobite this is, and what it runs on',
  options: {},
  arity: { least: 0, most: 0 },
  run({ environment }) {
    const { name: driver, version: sqlite } = environment.sqlite;
    const text = `This is Trilobite ${version}, on Node ${process.versions.node} with SQLite ${sqlite} (${driver} driver).`;
    return Promise.resolve({ text, json: { version, node: process.versions.node, sqlite, driver } });
  },
};
