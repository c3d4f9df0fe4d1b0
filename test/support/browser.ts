/** Chromium in front of a running Byflyt: the editor and its pages as a person uses them. */
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

/** Debian's; the package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';
const OPTIONS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];
const PATIENCE_MS = 15_000;

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Where a Byflyt is and how its first user signs in. */
export interface Site {
  site: string;
  password: string;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: OPTIONS });
}

/** A new page with cookies of its own; `locale` is what the browser prefers. */
export async function openPage(
  browser: Browser,
  viewport: { width: number; height: number },
  locale = 'en-US',
): Promise<Page> {
  const page = await browser.newPage({ viewport, locale });
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/** The editor, signed in and with all flows drawn. */
export async function openEditor(
  browser: Browser,
  { site, password }: Site,
  locale?: string,
): Promise<Editor> {
  const page = await openPage(browser, DESKTOP, locale);
  await page.goto(`${site}/editor/`);
  await page.locator('#node-dialog-login-username').fill('admin');
  await page.locator('#node-dialog-login-password').fill(password);
  await page.locator('#node-dialog-login-submit').click();
  await page.locator('.red-ui-flow-node').first().waitFor();
  await page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' });
  return new Editor(page);
}

export class Editor {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Shows the flow with this tab label. */
  async showFlow(label: string): Promise<void> {
    await this.page.locator('#red-ui-workspace-tabs .red-ui-tab-label').filter({ hasText: label }).click();
  }

  /** The node on the canvas. */
  node(id: string): Locator {
    return this.page.locator(`[id="${id}"]`);
  }

  /** Opens a node's form by a double click and waits until it has slid in. */
  async openNode(id: string): Promise<Locator> {
    await this.node(id).locator('rect.red-ui-flow-node').dblclick();
    const tray = this.page.locator('.red-ui-tray').last();
    await tray.locator('#dialog-form').waitFor();
    return tray;
  }

  /** Closes the uppermost form by its own button, keeping the changes. */
  async done(): Promise<void> {
    const trays = this.page.locator('.red-ui-tray');
    const open = await trays.count();
    await trays.last().locator('.red-ui-tray-toolbar .primary').click();
    await trays.nth(open - 1).waitFor({ state: 'detached' });
  }

  /** Deploys; resolves with the version of the flows that the server has from now on. */
  async deploy(): Promise<string> {
    const answer = this.page.waitForResponse(
      (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
    );
    await this.page.locator('#red-ui-header-button-deploy').click();
    const { rev } = (await (await answer).json()) as { rev: string };
    return rev;
  }
}
