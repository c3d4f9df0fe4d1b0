/** Staff decide in the form of the open-data node what the public page says in words. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const NODE = 'byflyt-ski-trail-publish';

describe('phrases of the open-data form', () => {
  let installation: Installation;
  let browser: Browser;
  before(async () => {
    installation = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    [browser] = await Promise.all([openBrowser(), installation.start()]);
  });
  after(async () => {
    await browser?.close();
    await installation?.remove();
  });

  it('begin with the usual ones, are changed, deployed and then read by the public', async () => {
    const editor = await openEditor(browser, installation);
    await editor.showFlow('Ski trail');
    const form = await editor.openNode(NODE);
    await form.locator('#byflyt-open-data-phrases-section > summary').click();
    await eventually(async () => {
      await form.locator('#byflyt-open-data-usual-phrases').click();
      assert.equal(
        await form.locator('#byflyt-open-data-phrases .red-ui-editableList-item-remove').count(),
        5,
      );
    });
    const rows = form.locator(
      '#byflyt-open-data-phrases > li, #byflyt-open-data-phrases .red-ui-editableList-item-content',
    );
    const first = rows.first();
    await first.getByLabel('to below').first().fill('100');
    await first.getByLabel('English').fill('Snow of {snow_temperature}');
    await editor.done();
    await editor.deploy();
    await editor.page.close();
    await eventually(async () => {
      const page = await (await fetch(`${installation.site}/opendata/ski-trail/?lang=en`)).text();
      assert.match(page, /<p class="words">Snow of -?\d+\.\d\s°C<\/p>/);
    });
  });
});
