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

/** Signs in on the operator page and waits for its content. */
export async function signInOperator(page: Page, { site, password }: Site): Promise<void> {
  await page.goto(`${site}/editor/byflyt/operator`);
  await page.locator('#username').fill('admin');
  await page.locator('#password').fill(password);
  await page.locator('#password').press('Enter');
  await page.locator('#content section').first().waitFor();
}

interface Box {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
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

  /** Closes the uppermost form, keeping the changes. */
  done(): Promise<void> {
    return this.#close('.primary');
  }

  /** Closes the uppermost form and forgets the changes. */
  cancel(): Promise<void> {
    return this.#close('[id$="dialog-cancel"]');
  }

  async #close(button: string): Promise<void> {
    const tray = await this.page.locator('.red-ui-tray').last().elementHandle();
    await this.page.locator('.red-ui-tray-toolbar').last().locator(button).click();
    await tray?.waitForElementState('hidden');
  }

  /** Ids of nodes of the shown flow that lie, in whole or in part, outside of what the canvas shows. */
  async outsideOfCanvas(): Promise<string[]> {
    const canvas = await this.page.locator('#red-ui-workspace-chart').boundingBox();
    const sidebar = await this.page.locator('#red-ui-sidebar-container').boundingBox();
    if (!canvas || !sidebar) throw new Error('the editor has no canvas');
    const boxes = await this.#boxes();
    return boxes
      .filter(
        ({ x, y, width, height }) =>
          x < canvas.x || x + width > sidebar.x || y < canvas.y || y + height > canvas.y + canvas.height,
      )
      .map(({ id }) => id);
  }

  /** Pairs of nodes of the shown flow that cover a part of one another. */
  async overlapping(): Promise<string[]> {
    const boxes = await this.#boxes();
    return boxes.flatMap((one, index) =>
      boxes
        .slice(index + 1)
        .filter(
          (other) =>
            one.x < other.x + other.width &&
            other.x < one.x + one.width &&
            one.y < other.y + other.height &&
            other.y < one.y + one.height,
        )
        .map((other) => `${one.id} ${other.id}`),
    );
  }

  async #boxes(): Promise<Box[]> {
    const nodes = await this.page.locator('.red-ui-flow-node-group').all();
    return Promise.all(
      nodes.map(async (node) => {
        const box = await node.locator('rect.red-ui-flow-node').boundingBox();
        const id = (await node.getAttribute('id')) ?? '';
        if (!box) throw new Error(`${id} is not drawn`);
        return { id, ...box };
      }),
    );
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
