import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

/** Bytes that are written to the disk at a time to fill it. */
const FILLING = new Uint8Array(64 * 1024);

/**
 * A real disk of a few megabytes: a tmpfs in a mount namespace that a process holds, so that it goes with it. Only programs that are started
 * by {@link SmallDisk.command} see it at {@link SmallDisk.path}; this process reaches its files by {@link SmallDisk.outside}.
 */
export class SmallDisk {
  readonly #holder: ChildProcess;

  private constructor(
    holder: ChildProcess,
    /** Where it is mounted, for programs on it. */
    readonly directory: string,
  ) {
    this.#holder = holder;
  }

  static async create(bytes: number): Promise<SmallDisk> {
    const directory = await fs.mkdtemp(path.join(tmpdir(), 'trilobite-disk-'));
    const script = 'mount -t tmpfs -o "size=$2" tmpfs "$1" && echo mounted && exec cat';
    const namespaces = isRoot() ? ['--mount'] : ['--mount', '--map-root-user'];
    const holder = spawn('unshare', [...namespaces, 'sh', '-c', script, 'sh', directory, String(bytes)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', reject);
      holder.once('exit', (code) => reject(new Error(`No small disk could be mounted: ended with ${String(code)}.`)));
    });
    return new SmallDisk(holder, directory);
  }

  /** For programs on the disk. */
  path(name: string): string {
    return path.join(this.directory, name);
  }

  /** For this process. Not for SQLite, which would take the link apart. */
  outside(name: string): string {
    return path.join(`/proc/${this.#holder.pid ?? 0}/root`, this.directory, name);
  }

  /** What to start so that a program sees the disk. */
  command(program: string, args: readonly string[]): [program: string, args: string[]] {
    const namespaces = `/proc/${this.#holder.pid ?? 0}/ns`;
    const enter = [
      `--mount=${namespaces}/mnt`,
      ...(isRoot() ? [] : [`--user=${namespaces}/user`, '--preserve-credentials']),
    ];
    return ['nsenter', [...enter, program, ...args]];
  }

  /** Leaves that many bytes free, or fewer. */
  async fill(free: number): Promise<void> {
    const ballast = await fs.open(this.outside('ballast'), 'w');
    try {
      for (let left = await this.#free(); left > free; left = await this.#free())
        await ballast.write(FILLING.subarray(0, left - free));
    } finally {
      await ballast.close();
    }
  }

  /** Takes away what {@link fill} has put there. */
  async makeRoom(): Promise<void> {
    await fs.rm(this.outside('ballast'), { force: true });
  }

  /** Names of what is on it besides. */
  async list(): Promise<string[]> {
    return (await fs.readdir(this.outside('.'))).filter((name) => name !== 'ballast').sort();
  }

  async remove(): Promise<void> {
    const ended = new Promise((resolve) => this.#holder.once('close', resolve));
    this.#holder.stdin?.end();
    await ended;
    await fs.rmdir(this.directory);
  }

  async #free(): Promise<number> {
    const { bavail, bsize } = await fs.statfs(this.outside('.'));
    return bavail * bsize;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
