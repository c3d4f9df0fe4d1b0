/** How staff describe the payload of a sensor that is in no list, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator } from 'playwright-core';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** Node-RED's editor in the page. */
declare const RED: { editor: { editConfig(name: string, type: string, id: string): void } };
declare const axe: { run(element: string, options: object): Promise<AxeResults> };

describe('describing a payload in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;
  let form: Locator;

  before(async () => {
    byflyt = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await byflyt.start();
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
    await editor.page.evaluate(() => RED.editor.editConfig('', 'byflyt-devices', 'byflyt-device-list'));
    await editor.page.getByRole('button', { name: 'Add device' }).click();
    await editor.page.getByRole('button', { name: 'Describe a payload …' }).click();
    form = editor.page.locator('.byflyt-ft');
    await form.locator('[data-field=at]').first().waitFor();
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const row = (number: number) => form.getByRole('group', { name: `row ${number}` });
  const byte = (at: number) => form.locator('#byflyt-ft-bytes > li').nth(at);

  it('colours each byte by its row and shows the values while somebody types', async () => {
    await form.getByLabel('Payload of an uplink').fill('ff38 4b 05');
    await row(1).getByLabel('What is measured').selectOption({ label: 'Air temperature (°C)' });
    await row(1).getByLabel('Bytes').fill('2');
    await row(1).getByLabel('Type').selectOption('whole number, ±');
    await row(1).getByLabel('Times').fill('0.1');
    await row(1).getByText('-20 °C').waitFor();
    await form.getByText('add a row').click();
    await row(2).getByLabel('What is measured').selectOption({ label: 'Relative humidity (%)' });
    await row(2).getByText('75 %').waitFor();
    assert.equal(await row(2).getByLabel('First byte').inputValue(), '2');
    const colors = await Promise.all(
      [0, 1, 2].map((at) => byte(at).evaluate((cell) => getComputedStyle(cell).backgroundImage)),
    );
    assert.equal(colors[0], colors[1]);
    assert.notEqual(colors[1], colors[2]);
    assert.match((await byte(2).textContent()) ?? '', /^byte 24b0100 1011row 2$/);
    assert.match((await byte(3).textContent()) ?? '', /not read$/);
    await form.getByText('Byte 3: read by no row').waitFor();
  });

  it('explains a row that is wrong beside it, and what overlaps above', async () => {
    await row(2).getByLabel('First byte').fill('1');
    await form.getByText('Byte 1: read by rows 1 and 2').waitFor();
    await row(2).getByLabel('First byte').fill('x');
    await row(2).getByText('First byte: Write a whole number').waitFor();
    assert.equal(await row(2).getByLabel('First byte').getAttribute('aria-invalid'), 'true');
    await row(2).getByLabel('First byte').fill('2');
    await row(2).getByText('75 %').waitFor();
  });

  it('is readable for all: labels, roles, contrast', async () => {
    await editor.page.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
    const violations = await editor.page.evaluate(async (rules) => {
      const found = await axe.run('.byflyt-ft', { runOnly: rules });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }, RULES);
    assert.deepEqual(violations, []);
  });

  it('saves a sensor model and chooses it for the device', async () => {
    await form.getByLabel('Maker').fill('Our workshop');
    await form.getByLabel('Model name').fill('Thermometer');
    await editor.page.getByRole('button', { name: 'Save as sensor model' }).click();
    await form.waitFor({ state: 'detached' });
    await eventually(async () =>
      assert.equal(
        await editor.page.locator('#byflyt-device-model').inputValue(),
        'our-workshop-thermometer',
      ),
    );
    const saved = await readFile(join(byflyt.folder, 'models/our-workshop-thermometer.json'), 'utf8');
    assert.deepEqual(
      JSON.parse(saved).mappings.map(({ quantity }: { quantity: string }) => quantity),
      ['air_temperature', 'relative_humidity'],
    );
  });
});
