/** Makes the README's pictures in docs/images/ from a first start with sandbox devices: `npm run screenshots`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import {
  DESKTOP,
  openBrowser,
  openEditor,
  openPage,
  PHONE,
  signInOperator,
} from '../test/support/browser.ts';
import { eventually } from '../test/support/eventually.ts';
import { Installation } from '../test/system/installation.ts';

const IMAGES = join(import.meta.dirname, 'images');
/** CSS pixels down to the end of the first chart. */
const PAGE_WITH_A_CHART = 1045;

const byflyt = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
const browser = await openBrowser();
try {
  await mkdir(IMAGES, { recursive: true });
  await byflyt.start();
  await editorPicture(browser);
  await operatorPagePicture(browser);
  await publicPagePicture(browser);
} finally {
  await browser.close();
  await byflyt.remove();
}

function save(page: Page, name: string): Promise<Buffer> {
  return page.screenshot({ path: join(IMAGES, `${name}.png`) });
}

async function editorPicture(browser: Browser): Promise<void> {
  const editor = await openEditor(browser, byflyt);
  await editor.node('byflyt-ski-trail-store').getByText('saved').waitFor();
  await editor
    .node('byflyt-ski-trail-publish')
    .getByText(/last \d/)
    .waitFor();
  await save(editor.page, 'editor');
}

async function publicPagePicture(browser: Browser): Promise<void> {
  const page = await openPage(browser, { ...PHONE, height: PAGE_WITH_A_CHART });
  // The sandbox sends its past first; after that the place was measured today.
  await eventually(async () => {
    await page.goto(`${byflyt.site}/opendata/ski-trail/place/start/`);
    await page.getByText(/^Measured \d/).waitFor({ timeout: 1000 });
  });
  await save(page, 'public-page');
}

async function operatorPagePicture(browser: Browser): Promise<void> {
  const page = await openPage(browser, DESKTOP);
  await signInOperator(page, byflyt);
  await eventually(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('heading', { name: 'Bins to empty today' }).waitFor({ timeout: 1000 });
  });
  await save(page, 'operator-page');
}
