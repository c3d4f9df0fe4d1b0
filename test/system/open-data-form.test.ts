/** Staff see in the form what will be published, and why something cannot be; two of them publish what is sensitive. */
import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const NODE = 'byflyt-ski-trail-publish';

describe('open-data form', () => {
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

  const preview = async (form: Locator) => {
    await form.locator('#byflyt-open-data-preview').click();
    return form.locator('#byflyt-open-data-result');
  };

  it('shows the rows, keeps every field, and the public loses what waits for a second person', async () => {
    const editor = await openEditor(browser, installation);
    await editor.showFlow('Ski trail');
    const form = await editor.openNode(NODE);
    await eventually(async () => {
      const result = await preview(form);
      assert.ok((await result.locator('tr').count()) > 3);
      assert.match((await result.textContent()) ?? '', /The public can see what is deployed\./);
    });

    const open = async (part: string) => {
      const section = form.locator(`#byflyt-open-data-${part}`);
      if ((await section.getAttribute('open')) === null) await section.locator('> summary').click();
    };
    await open('languages');
    await form.locator('#node-input-titleSv').fill('Skidspåret');
    await open('details');
    await form.locator('#node-input-highValue').selectOption('meteorological');
    await form.locator('#node-input-spatialBox').fill('10.3, 63.3, 10.6, 63.5');
    await open('privacy');
    assert.equal(await form.locator('#node-input-fewestDevices').isVisible(), false);
    await form.locator('#node-input-releaseEvery').selectOption('hour');
    await form.locator('#node-input-releaseBy').selectOption('place');
    const released = await preview(form);
    await eventually(async () =>
      assert.match((await released.textContent()) ?? '', /One value per hour is shown/),
    );
    await form.locator('#node-input-releaseEvery').selectOption('');
    await form.locator('#node-input-sensitive').check();
    await editor.done();
    await editor.deploy();
    await eventually(async () => {
      assert.equal((await fetch(`${installation.site}/opendata/ski-trail/latest.json`)).status, 404);
    });

    const again = await editor.openNode(NODE);
    assert.equal(await again.locator('#node-input-titleSv').inputValue(), 'Skidspåret');
    const own = await preview(again);
    await eventually(async () => {
      const text = (await own.textContent()) ?? '';
      assert.match(text, /Written by admin\./);
      assert.match(text, /One more person must approve it\./);
    });
    assert.equal(await own.getByRole('button', { name: 'Approve' }).count(), 0);
    await again.locator('#node-input-sensitive').uncheck();
    await editor.done();
    await editor.deploy();
    await eventually(async () => {
      const turtle = await (await fetch(`${installation.site}/opendata/catalog.ttl`)).text();
      assert.match(turtle, /"\[Sandbox\] Skidspåret"@sv|Skidspåret"@sv/);
      assert.match(turtle, /c_164e0bf5/);
    });
    await editor.page.close();
  });
});
