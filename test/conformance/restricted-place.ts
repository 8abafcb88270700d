import * as esbuild from 'esbuild';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { projectDirectory } from '../support/tool-cache';
import type { DriverName } from './sqlite-subject';

const nobody = 65534;

/** Runs a driver in a process that has no permissions, a disk that is read-only or full, or that is killed. Real ones, also for root. */
export class InRestrictedPlace {
  private constructor(readonly directory: string) {}

  static async prepare(): Promise<InRestrictedPlace> {
    const directory = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), 'trilobite-place-')));
    fs.chmodSync(directory, 0o755);
    await esbuild.build({
      absWorkingDir: projectDirectory,
      entryPoints: ['test/conformance/restricted-child.ts'],
      bundle: true,
      platform: 'node',
      target: 'node20',
      outfile: path.join(directory, 'child.js'),
      logLevel: 'error',
    });
    fs.copyFileSync(
      createRequire(__filename).resolve('sql.js/dist/sql-wasm.wasm'),
      path.join(directory, 'sql-wasm.wasm'),
    );
    return new InRestrictedPlace(directory);
  }

  remove(): void {
    for (const name of fs.readdirSync(this.directory)) {
      const inside = path.join(this.directory, name);
      if (fs.statSync(inside).isDirectory()) fs.chmodSync(inside, 0o755);
    }
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** As a user who is not root and has only these permissions. */
  withoutPermission(driver: DriverName, modes: { file: number; directory: number }): Record<string, unknown> {
    const folder = fs.mkdtempSync(path.join(this.directory, 'permissions-'));
    const file = path.join(folder, 'a.db');
    this.#run([process.execPath, this.#child, driver, 'set-up', file]);
    fs.chmodSync(file, modes.file);
    fs.chmodSync(folder, modes.directory);
    return this.#run(
      [process.execPath, this.#child, driver, 'try', file],
      process.getuid?.() === 0 ? nobody : undefined,
    );
  }

  onReadOnlyDisk(driver: DriverName): Record<string, unknown> {
    return this.#onOwnDisk('4m', [
      `${this.#command(driver, 'set-up')} > /dev/null`,
      `mount -o remount,ro "$DISK"`,
      this.#command(driver, 'try'),
    ]);
  }

  /** A disk of 4 MB, into which 8 MB shall go. */
  onFullDisk(driver: DriverName): Record<string, unknown> {
    return this.#onOwnDisk('4m', [`${this.#command(driver, 'set-up')} > /dev/null`, this.#command(driver, 'fill')]);
  }

  /** Runs a job that is killed on its way. @returns what was answered, or the signal */
  killed(job: string, file: string, step: string): string {
    const result = spawnSync(process.execPath, [this.#child, 'portable', job, file, step], { encoding: 'utf8' });
    return result.signal ?? result.stdout;
  }

  get #child(): string {
    return path.join(this.directory, 'child.js');
  }

  #command(driver: DriverName, job: string): string {
    return `"$NODE" "$CHILD" ${driver} ${job} "$DISK/a.db"`;
  }

  /** A file system in memory that only this process tree sees, so nothing is left to unmount. */
  #onOwnDisk(size: string, commands: string[]): Record<string, unknown> {
    const disk = fs.mkdtempSync(path.join(this.directory, 'disk-'));
    const script = ['set -e', `mount -t tmpfs -o size=${size} trilobite "$DISK"`, ...commands].join('\n');
    const namespace = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
    return this.#run(['unshare', ...namespace, 'sh', '-c', script], undefined, { DISK: disk });
  }

  #run(command: string[], uid?: number, variables: Record<string, string> = {}): Record<string, unknown> {
    const [program = '', ...args] = command;
    const result = spawnSync(program, args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NODE: process.execPath, CHILD: this.#child, ...variables },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    if (result.status !== 0) {
      throw new Error(`${command.join(' ')} ended with ${String(result.status ?? result.error)}\n${result.stderr}`);
    }
    return JSON.parse(result.stdout) as Record<string, unknown>;
  }
}
