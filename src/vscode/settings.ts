import * as vscode from 'vscode';
import type { EngineSettings } from '../host/protocol';

/** The settings of `trilobite.*`. */
export interface Settings {
  autoRefresh: boolean;
  /** Empty: the home directory. */
  defaultCloneDirectory: string;
  portableWrites: 'ask' | 'allow' | 'never';
  /** Empty: what Fossil itself would take. */
  userName: string;
}

export function settings(): Settings {
  const section = vscode.workspace.getConfiguration('trilobite');
  return {
    autoRefresh: section.get('autoRefresh', true),
    defaultCloneDirectory: section.get('defaultCloneDirectory', ''),
    portableWrites: section.get('portableWrites', 'ask'),
    userName: section.get('userName', '').trim(),
  };
}

/** What an engine process is configured with: a change of any of it wants new processes. */
export function engineSettings(): EngineSettings {
  const http = vscode.workspace.getConfiguration('http');
  const proxy = http.get('proxySupport') === 'off' ? '' : http.get<string>('proxy', '');
  const noProxy = http.get<string[]>('noProxy', []);
  // Unless it has been set, what the environment says counts.
  const largestArtifact = vscode.workspace
    .getConfiguration('trilobite')
    .inspect<number>('largestArtifact')?.globalValue;
  return {
    driver: vscode.workspace.getConfiguration('trilobite').get('sqliteDriver', 'auto'),
    isStrictSsl: http.get('proxyStrictSSL', true),
    ...(largestArtifact === undefined ? {} : { largestArtifact }),
    ...(proxy === '' ? {} : { proxy }),
    ...(noProxy.length === 0 ? {} : { noProxy }),
  };
}

const engineSections = [
  'trilobite.sqliteDriver',
  'trilobite.largestArtifact',
  'http.proxy',
  'http.proxySupport',
  'http.proxyStrictSSL',
  'http.noProxy',
];

export function doesAffectEngines(event: vscode.ConfigurationChangeEvent): boolean {
  return engineSections.some((section) => event.affectsConfiguration(section));
}
