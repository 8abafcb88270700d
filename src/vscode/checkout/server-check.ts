import type { EngineError, ErrorCode } from '../../engine/errors';
import type { PeekOutcome } from '../../engine/operations/peek';
import type { WorkspaceStatus } from '../../engine/operations/status';
import { fromResponse } from '../../host/error-response';

/** What a server had when it was last looked at. */
export interface Finding {
  outcome: PeekOutcome;
  /** Unix milliseconds. */
  at: number;
}

export interface FailedCheck {
  sentence: string;
  /** The server was not reached at all. */
  isOffline: boolean;
  /** Unix milliseconds. */
  at: number;
}

const offlineCodes: readonly ErrorCode[] = ['unknown-host', 'connection-refused', 'connection-lost'];

/** Looks at what a server has and this repository lacks: the one under way, and what the last one found while that still holds. */
export class ServerCheck {
  private known: Finding | undefined;
  private failed: FailedCheck | undefined;
  private running = false;
  /** What has to stay as it is for all this to hold; undefined: nobody has told yet. */
  private premise: string | undefined;
  /** What a look that is under way would find holds no longer. */
  private isOvertaken = false;
  private changes = 0;

  /** @param onChange - called whenever anything of what is told here has changed */
  constructor(private readonly onChange: () => void) {}

  get isRunning(): boolean {
    return this.running;
  }

  /** Somebody has looked, or is looking, and it still means something. */
  get hasResult(): boolean {
    return this.running || this.known !== undefined || this.failed !== undefined;
  }

  get finding(): Finding | undefined {
    return this.known;
  }

  /** Why the last check came to nothing; what the one before it found may hold all the same. */
  get failure(): FailedCheck | undefined {
    return this.failed;
  }

  /** Another number whenever anything has changed. */
  get revision(): number {
    return this.changes;
  }

  /**
   * @param status - of the checkout before the check
   * @param now - Unix milliseconds, asked when the check has ended
   * @throws EngineError what `look` throws
   */
  async run(
    status: WorkspaceStatus | undefined,
    look: () => Promise<PeekOutcome>,
    now: () => number,
  ): Promise<PeekOutcome> {
    this.running = true;
    this.isOvertaken = false;
    this.premise = status && premiseOf(status);
    this.change();
    try {
      const outcome = await look();
      if (!this.wasOvertaken()) this.known = { outcome, at: now() };
      this.failed = undefined;
      return outcome;
    } catch (error) {
      if (!this.wasOvertaken()) this.failed = failureOf(fromResponse(error), now()) ?? this.failed;
      throw error;
    } finally {
      this.running = false;
      this.change();
    }
  }

  /** What was found holds no longer once something has come from elsewhere, or another server is the remote. */
  follow(status: WorkspaceStatus): void {
    const premise = premiseOf(status);
    if (this.premise !== undefined && this.premise !== premise) this.forget();
    this.premise = premise;
  }

  /** Also what a look that is under way will find: it began before what made all this untrue. */
  forget(): void {
    this.isOvertaken = true;
    if (this.known === undefined && this.failed === undefined) return;
    this.known = undefined;
    this.failed = undefined;
    this.change();
  }

  private wasOvertaken(): boolean {
    return this.isOvertaken;
  }

  private change(): void {
    this.changes++;
    this.onChange();
  }
}

function premiseOf({ arrivals, remote }: WorkspaceStatus): string {
  return `${arrivals} ${remote ?? ''}`;
}

/** @returns undefined for one that the user cancelled: it has not failed */
function failureOf({ code, message }: EngineError, at: number): FailedCheck | undefined {
  return code === 'cancelled' ? undefined : { sentence: message, isOffline: offlineCodes.includes(code), at };
}
