import * as vscode from 'vscode';
import { decodeLocation, encodeLocation, fossilScheme, type FossilLocation } from './fossil-location';

/**
 * @param path - of the file relative to the checkout's root: what editors show as its name
 * @returns the address of a file as a version has it, or of an artifact shown under a file's name
 */
export function fossilUri(path: string, location: FossilLocation): vscode.Uri {
  const file = vscode.Uri.joinPath(vscode.Uri.file(location.root), path);
  return file.with({ scheme: fossilScheme, query: encodeLocation(location) });
}

/** A file as the checked-out version has it; follows the checkout. */
export function baselineUri(root: string, path: string): vscode.Uri {
  return fossilUri(path, { kind: 'file', root, path });
}

/** @throws FileSystemError FileNotFound for a URI that is not ours */
export function locationOf(uri: vscode.Uri): FossilLocation {
  const location = decodeLocation(uri.query);
  if (location === undefined) throw vscode.FileSystemError.FileNotFound(uri);
  return location;
}
