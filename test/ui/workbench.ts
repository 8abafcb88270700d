import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { projectDirectory } from '../support/tool-cache';
import { SourceControlView } from './source-control-view';

/** Settings that let a test choose between light and dark through the browser, see `Workbench.screenshot`. */
export const themeSettings: Readonly<Record<string, unknown>> = {
  'window.autoDetectColorScheme': true,
  'workbench.preferredLightColorTheme': 'Default Light Modern',
  'workbench.preferredDarkColorTheme': 'Default Dark Modern',
};

const startTimeout = 60_000;
const screenshotDirectory = path.join(projectDirectory, 'out', 'screenshots');

/**
 * VS Code's window as a user meets it: what is written on it, and what can be pressed. Every method waits for what it names and fails when
 * it does not come.
 */
export class Workbench {
  public readonly sourceControl: SourceControlView;

  private constructor(public readonly page: Page) {
    this.sourceControl = new SourceControlView(this);
  }

  /** Opens an address of a VS Code server and waits until the window stands. */
  public static async open(browser: Browser, url: string): Promise<Workbench> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'dark' });
    page.setDefaultTimeout(30_000);
    const workbench = new Workbench(page);
    await workbench.goto(url);
    return workbench;
  }

  public async goto(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('.monaco-workbench').waitFor({ timeout: startTimeout });
    await this.page.locator('.statusbar-item').first().waitFor({ timeout: startTimeout });
  }

  /**
   * Runs a command of the palette.
   *
   * @param title - as the palette shows it, for example `Fossil: Clone...`
   */
  public async runCommand(title: string): Promise<void> {
    await this.until(`the command ${title}`, async () => {
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('F1');
      await this.quickInput.fill(`>${title}`);
      // The palette does not list what an extension brought after it was opened: open it again.
      return this.quickRow(title)
        .waitFor({ timeout: 2000 })
        .then(
          () => true,
          () => false,
        );
    });
    await this.pick(title);
  }

  /** Types an answer into the question that VS Code asks at the top, once its title, prompt or placeholder matches. */
  public async answer(question: RegExp, text: string): Promise<void> {
    await this.waitForQuestion(question);
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Waits until the question at the top has a title, prompt or placeholder that matches. */
  public async waitForQuestion(question: RegExp): Promise<void> {
    await this.until(`a question like ${String(question)}`, async () => question.test(await this.question()));
  }

  /** Chooses the row of the list at the top whose label is exactly `label`. */
  public async pick(label: string): Promise<void> {
    await this.quickRow(label).click();
  }

  /** Presses a button of that row, which shows while the mouse is over it. */
  public async pressInPick(label: string, button: string): Promise<void> {
    await this.quickRow(label).hover();
    await this.quickRow(label).locator(`.action-label[aria-label^="${button}"]`).click();
  }

  /** The texts of the notifications that are on the screen. */
  public async notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item-message').allInnerTexts();
  }

  /** Waits for a notification. @returns its whole text */
  public async waitForNotification(text: RegExp, timeout = 30_000): Promise<string> {
    let found: string | undefined;
    await this.until(
      `a notification like ${String(text)}`,
      async () => {
        found = (await this.notifications()).find((message) => text.test(message));
        return found !== undefined;
      },
      timeout,
    );
    return found ?? '';
  }

  /** Presses a button of the notification whose text matches. */
  public async pressInNotification(text: RegExp, button: string): Promise<void> {
    await this.page
      .locator('.notification-list-item', { hasText: text })
      .first()
      .getByRole('button', { name: button, exact: true })
      .click();
  }

  /** The labels of the buttons of the notification whose text matches. */
  public async buttonsInNotification(text: RegExp): Promise<string[]> {
    return this.page
      .locator('.notification-list-item', { hasText: text })
      .first()
      .locator('.notification-list-item-buttons-container .monaco-button')
      .allInnerTexts();
  }

  /** Waits for a question in the middle of the window, which lets nothing else be done. @returns its whole text */
  public async waitForDialog(text: RegExp): Promise<string> {
    let shown = '';
    await this.until(`a dialog like ${String(text)}`, async () => {
      shown = (await this.dialog.allInnerTexts()).join('\n');
      return text.test(shown);
    });
    return shown;
  }

  /** The labels of the buttons of that question. */
  public async buttonsInDialog(): Promise<string[]> {
    return this.dialog.locator('.dialog-buttons .monaco-button').allInnerTexts();
  }

  /** Answers it. */
  public async pressInDialog(button: string): Promise<void> {
    await this.dialog.getByRole('button', { name: button, exact: true }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** Presses a button that a row of a tree view shows while the mouse is over it. */
  public async pressInTreeRow(viewTitle: string, row: RegExp, button: string): Promise<void> {
    const pane = await this.expandedPane(viewTitle);
    const item = pane.locator('.monaco-list-row', { hasText: row }).first();
    await item.hover();
    await item.locator(`.action-label[aria-label^="${button}"]`).click();
  }

  public async dismissNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
    await this.until('no notification', async () => (await this.notifications()).length === 0);
  }

  /** The texts of the status bar's items, left to right. */
  public async statusBar(): Promise<string[]> {
    return (await this.page.locator('.statusbar-item').allInnerTexts()).map((text) => text.trim());
  }

  /** The item of the status bar that syncs: the one with the arrows. */
  public statusBarSync(): Locator {
    return this.page
      .locator('.statusbar-item')
      .filter({ has: this.page.locator('.codicon-sync') })
      .first();
  }

  /** The text that was copied; the page must be allowed to read it. */
  public async clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** The title of the browser's tab, which names the folder. */
  public async title(): Promise<string> {
    return this.page.title();
  }

  /** Opens a file of the folder by its path, as Quick Open does. */
  public async openFile(file: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.quickInput.waitFor();
    await this.quickInput.fill(file);
    await this.pick(path.basename(file));
    await this.activeTab(path.basename(file)).waitFor();
  }

  /** Replaces the text of the active editor, and saves it. */
  public async replaceTextAndSave(text: string): Promise<void> {
    await this.page.locator('.editor-instance .monaco-editor .view-lines').last().click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
    const unsaved = this.page.locator('.tab.active.dirty');
    await unsaved.waitFor();
    await this.page.keyboard.press('Control+S');
    await unsaved.waitFor({ state: 'detached' });
  }

  /** The tab that is in front, when its label holds `label`. */
  public activeTab(label: string | RegExp): Locator {
    return this.page.locator('.tab.active', { hasText: label }).first();
  }

  public async closeAllEditors(): Promise<void> {
    await this.runCommand('View: Close All Editors');
    await this.page.locator('.tab').first().waitFor({ state: 'detached' });
  }

  /** Waits until the rows of a tree view in the side bar fulfil a condition. @returns them, each on one line */
  public async waitForTreeRows(viewTitle: string, condition: (rows: string[]) => boolean): Promise<string[]> {
    const pane = await this.expandedPane(viewTitle);
    let rows: string[] = [];
    await this.until(`the right rows in ${viewTitle}`, async () => {
      rows = (await pane.locator('.monaco-list-row').allInnerTexts()).map(oneLine);
      return condition(rows);
    });
    return rows;
  }

  /** The pane of the side bar with that title, opened when it was folded. */
  public async expandedPane(viewTitle: string): Promise<Locator> {
    const pane = this.page
      .locator('.pane')
      .filter({ has: this.page.locator('.pane-header .title', { hasText: exactly(viewTitle) }) });
    const header = pane.locator('.pane-header');
    await header.waitFor();
    if ((await header.getAttribute('aria-expanded')) === 'false') {
      await header.click();
    }
    return pane;
  }

  /**
   * Saves the window as `out/screenshots/<name>-light.png` and `<name>-dark.png`, for somebody to look at. The whole of the tests does without
   * but for failures (`TRILOBITE_SCREENSHOTS=failures`): turning the theme over and back takes a third of their time.
   */
  public async screenshot(name: string): Promise<void> {
    if (process.env['TRILOBITE_SCREENSHOTS'] === 'failures' && !name.startsWith('failed-')) return;
    await fs.mkdir(screenshotDirectory, { recursive: true });
    for (const scheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme: scheme });
      await this.page.locator(scheme === 'light' ? '.monaco-workbench.vs' : '.monaco-workbench.vs-dark').waitFor();
      await this.page.screenshot({
        path: path.join(screenshotDirectory, `${name}-${scheme}.png`),
        animations: 'disabled',
        caret: 'hide',
      });
    }
  }

  /**
   * Waits for a condition on the window.
   *
   * @param what - names the condition in the error
   * @param timeout - milliseconds
   */
  public async until(what: string, condition: () => Promise<boolean>, timeout = 30_000): Promise<void> {
    const end = Date.now() + timeout;
    while (!(await condition())) {
      if (Date.now() > end) {
        throw new Error(`Waited ${timeout} ms in vain for ${what}. On the screen: ${await this.visibleText()}`);
      }
      await this.page.waitForTimeout(50);
    }
  }

  private get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  private get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input');
  }

  private quickRow(label: string): Locator {
    return this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: exactly(label) }) })
      .first();
  }

  private async question(): Promise<string> {
    const widget = this.page.locator('.quick-input-widget:visible');
    if ((await widget.count()) === 0) {
      return '';
    }
    const placeholder = await this.quickInput.first().getAttribute('placeholder');
    return `${await widget.first().innerText()}\n${placeholder ?? ''}`;
  }

  private async visibleText(): Promise<string> {
    return oneLine(await this.page.locator('.monaco-workbench').innerText());
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
