import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const NAMES = ['trace', 'debug', 'info', 'warning', 'error', 'critical'] as const;

/** What VS Code uses of `@vscode/spdlog`, without what has to be compiled, and without rotation. */
export class Logger {
  private level = 2;
  private isPlain = false;

  public constructor(
    _type: string,
    _name: string,
    private readonly file: string,
  ) {}

  public trace(message: string): void {
    this.write(0, message);
  }

  public debug(message: string): void {
    this.write(1, message);
  }

  public info(message: string): void {
    this.write(2, message);
  }

  public warn(message: string): void {
    this.write(3, message);
  }

  public error(message: string): void {
    this.write(4, message);
  }

  public critical(message: string): void {
    this.write(5, message);
  }

  public getLevel(): number {
    return this.level;
  }

  public setLevel(level: number): void {
    this.level = level;
  }

  /** VS Code knows two layouts: this one of its own, and none. */
  public setPattern(): void {
    this.isPlain = false;
  }

  public clearFormatters(): void {
    this.isPlain = true;
  }

  public flush(): void {
    // Every message is written at once.
  }

  public drop(): void {
    // No file stays open.
  }

  private write(level: number, message: string): void {
    if (level < this.level) return;
    const stamp = new Date().toISOString().replace('T', ' ').slice(0, -1);
    appendFileSync(this.file, this.isPlain ? message : `${stamp} [${NAMES[level] ?? ''}] ${message}\n`);
  }
}

export const version = 0;

export function setLevel(): void {
  // Each logger has its own.
}

export function setFlushOn(): void {
  // Every message is written at once.
}

export function createRotatingLogger(name: string, file: string): Promise<Logger> {
  mkdirSync(dirname(file), { recursive: true });
  return Promise.resolve(new Logger('rotating', name, file));
}

export const createAsyncRotatingLogger = createRotatingLogger;
