import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench';

/** What the Source Control list shows: groups with their resources. */
export interface ShownGroup {
  readonly label: string;
  readonly resources: readonly ShownResource[];
}

/** A file in a group, as it is shown. */
export interface ShownResource {
  /** The file's name, and its folder after it where it has one. */
  readonly label: string;
  /** What a screen reader says, which includes the state. */
  readonly description: string;
}

/** A row that is gone when it is read is not worth waiting for. */
const briefly = { timeout: 500 };

/** VS Code's Source Control view. */
export class SourceControlView {
  public constructor(private readonly workbench: Workbench) {}

  /** Brings the view to the front. */
  public async open(): Promise<void> {
    await this.workbench.until('the Source Control view', async () => {
      // A window that still loads does not hear the keys.
      await this.workbench.page.keyboard.press('Control+Shift+G');
      return this.view.waitFor({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** The groups and files on the screen, top to bottom. */
  public async groups(): Promise<ShownGroup[]> {
    const groups: { label: string; resources: ShownResource[] }[] = [];
    for (const row of await this.rows.all()) {
      const group = row.locator('.resource-group .name');
      if ((await group.count()) > 0) {
        groups.push({ label: (await group.innerText(briefly)).trim(), resources: [] });
      } else if ((await row.locator('.resource').count()) > 0) {
        groups.at(-1)?.resources.push(await shownResource(row));
      }
    }
    return groups;
  }

  /** Waits until the groups fulfil a condition. @returns them */
  public async waitForGroups(what: string, condition: (groups: ShownGroup[]) => boolean): Promise<ShownGroup[]> {
    let groups: ShownGroup[] = [];
    await this.workbench.until(what, async () => {
      // A list that is redrawn while it is read has rows that are gone: read it again.
      groups = await this.groups().catch(() => []);
      return condition(groups);
    });
    return groups;
  }

  /** The number on the view's icon; empty without one. */
  public async badge(): Promise<string> {
    const icon = this.workbench.page.locator('.activitybar .action-item', {
      has: this.workbench.page.locator('.codicon-source-control-view-icon'),
    });
    return (await icon.locator('.badge:visible').allInnerTexts()).join('').trim();
  }

  /** The row of a file, by its name. */
  public resource(name: string): Locator {
    return this.rows.filter({
      has: this.workbench.page.locator('.resource .label-name', { hasText: name }),
    });
  }

  /** Presses a button in the title of the view; what it is called is its tooltip. */
  public async pressInTitle(label: string): Promise<void> {
    const pane = this.workbench.page.locator('.pane', { has: this.view });
    await pane.hover();
    await pane.locator(`.action-label[aria-label^="${label}"]`).first().click();
  }

  /** Writes into the message box. */
  public async setMessage(message: string): Promise<void> {
    await this.view.locator('.scm-editor .monaco-editor').click();
    await this.workbench.page.keyboard.press('Control+A');
    await this.workbench.page.keyboard.insertText(message);
  }

  /** What stands in the message box. */
  public async message(): Promise<string> {
    const lines = await this.view.locator('.scm-editor .view-line').allInnerTexts();
    return lines.map((line) => line.replace(/\u00a0/g, ' ')).join('\n');
  }

  /** Writes a message and commits as the keyboard does. */
  public async commit(message: string): Promise<void> {
    await this.setMessage(message);
    await this.workbench.page.keyboard.press('Control+Enter');
  }

  private get view(): Locator {
    return this.workbench.page.locator('.scm-view').first();
  }

  private get rows(): Locator {
    return this.view.locator('.monaco-list-row');
  }
}

async function shownResource(row: Locator): Promise<ShownResource> {
  return {
    label: (await row.locator('.monaco-icon-label').first().innerText(briefly)).replace(/\s+/g, ' ').trim(),
    description: (await row.getAttribute('aria-label', briefly)) ?? '',
  };
}
