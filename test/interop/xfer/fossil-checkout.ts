import { mkdir, writeFile } from 'node:fs/promises';
import type { XferFixture } from './xfer-fixture';

/** Check-ins made by fossil in a checkout of a repository, without autosync. */
export class FossilCheckout {
  private constructor(
    private readonly fixture: XferFixture,
    private readonly directory: string,
  ) {}

  static async open(fixture: XferFixture, repository: string): Promise<FossilCheckout> {
    const checkout = new FossilCheckout(fixture, fixture.path(`${repository}.d`));
    await mkdir(checkout.directory);
    await checkout.fossil('open', fixture.path(repository));
    await checkout.fossil('settings', 'autosync', 'off');
    return checkout;
  }

  /** @param options - more of `fossil commit` */
  async commit(comment: string, files: Record<string, string | Uint8Array>, ...options: string[]): Promise<void> {
    for (const [name, content] of Object.entries(files)) await writeFile(`${this.directory}/${name}`, content);
    await this.fossil('addremove');
    await this.fossil('commit', '--hash', '--no-warnings', '-m', comment, ...options);
  }

  fossil(...args: string[]): Promise<string> {
    return this.fixture.sandbox.fossil(args, { cwd: this.directory });
  }
}
