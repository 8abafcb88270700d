import * as vscode from 'vscode';

export interface PathQuestion {
  title: string;
  prompt: string;
  /** Absolute path to begin with. */
  value: string;
  /** What the browse button looks for. */
  wants: 'folder' | 'existing-file' | 'new-file';
  step?: { number: number; of: number };
  /** @returns what is wrong with an absolute path */
  validate?: (uri: vscode.Uri) => Promise<string | undefined>;
}

/** Repository files in dialogs. */
const repositoryFilter = { 'Fossil repositories': ['fossil', 'fsl'], 'All files': ['*'] };

/** Asks for a path: typed, or found with the browse button. @returns undefined when the user declined */
export async function askPath(question: PathQuestion): Promise<vscode.Uri | undefined> {
  const input = vscode.window.createInputBox();
  const browse: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('folder-opened'),
    tooltip: vscode.l10n.t('Browse…'),
  };
  Object.assign(input, { title: question.title, prompt: question.prompt, value: question.value, ignoreFocusOut: true });
  input.buttons = [browse];
  if (question.step !== undefined) {
    input.step = question.step.number;
    input.totalSteps = question.step.of;
  }
  input.valueSelection = [question.value.length, question.value.length];
  let asked = 0;
  const check = async (): Promise<vscode.Uri | undefined> => {
    const turn = ++asked;
    const { uri, problem } = await examine(input.value, question);
    if (turn === asked) input.validationMessage = problem;
    return problem === undefined ? uri : undefined;
  };
  try {
    return await new Promise((resolve) => {
      input.onDidChangeValue(() => void check());
      input.onDidAccept(() => {
        void check().then((uri) => {
          if (uri !== undefined) resolve(uri);
        });
      });
      input.onDidTriggerButton(() => {
        void pick(question, input.value).then((uri) => {
          if (uri !== undefined) input.value = uri.fsPath;
          input.show();
          void check();
        });
      });
      let isBrowsing = false;
      input.onDidTriggerButton(() => (isBrowsing = true));
      input.onDidHide(() => {
        // A dialog hides the box; it comes back afterwards.
        if (!isBrowsing) resolve(undefined);
        isBrowsing = false;
      });
      input.show();
    });
  } finally {
    input.dispose();
  }
}

async function examine(
  text: string,
  question: PathQuestion,
): Promise<{ uri: vscode.Uri | undefined; problem: string | undefined }> {
  const path = expandHome(text.trim());
  if (!/^([/\\]|[a-z]:[/\\])/i.test(path)) {
    return { uri: undefined, problem: vscode.l10n.t('Give an absolute path, or one that begins with ~/.') };
  }
  const uri = vscode.Uri.file(path);
  return { uri, problem: await question.validate?.(uri) };
}

function expandHome(path: string): string {
  return /^~[/\\]/.test(path) ? `${homeDirectory().fsPath}${path.slice(1)}` : path;
}

/** The user's home directory on the machine where the extension runs. */
export function homeDirectory(): vscode.Uri {
  return vscode.Uri.file(process.env['HOME'] ?? process.env['USERPROFILE'] ?? '/');
}

async function pick(question: PathQuestion, value: string): Promise<vscode.Uri | undefined> {
  const defaultUri = vscode.Uri.file(expandHome(value));
  if (question.wants === 'new-file') {
    return vscode.window.showSaveDialog({ title: question.title, defaultUri, filters: repositoryFilter });
  }
  const isFolder = question.wants === 'folder';
  const picked = await vscode.window.showOpenDialog({
    title: question.title,
    defaultUri: isFolder ? vscode.Uri.joinPath(defaultUri, '..') : defaultUri,
    canSelectFiles: !isFolder,
    canSelectFolders: isFolder,
    canSelectMany: false,
    ...(isFolder ? {} : { filters: repositoryFilter }),
  });
  return picked?.[0];
}

/** @returns whether something is there */
export async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** @returns whether `uri` is a directory that holds something */
export async function isFilledDirectory(uri: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.readDirectory(uri)).length > 0;
  } catch {
    return false;
  }
}
