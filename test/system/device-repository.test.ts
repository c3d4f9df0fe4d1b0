/** How staff choose a sensor of the device repository, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator } from 'playwright-core';
import { removeFolders, sampleRepository } from '../nodes/codec/repository/sample-repository.ts';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** Node-RED's editor in the page. */
declare const RED: { editor: { editConfig(name: string, type: string, id: string): void } };
declare const axe: { run(element: string, options: object): Promise<AxeResults> };

describe('choosing a sensor of the device repository in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;
  let form: Locator;

  before(async () => {
    byflyt = await Installation.prepare({
      BYFLYT_SANDBOX: 'on',
      BYFLYT_DEVICE_REPOSITORY: sampleRepository(),
    });
    await byflyt.start();
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
    await editor.page.evaluate(() => RED.editor.editConfig('', 'byflyt-devices', 'byflyt-devices'));
    await editor.page.getByRole('button', { name: 'Add device' }).click();
    await editor.page.getByRole('button', { name: 'Choose from the device repository …' }).click();
    form = editor.page.locator('.byflyt-dr');
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
    removeFolders();
  });

  const line = (name: string) => form.getByRole('row', { name: new RegExp(`^${name} `) });

  it('offers brand, sensor, firmware and region, with what is known of the sensor', async () => {
    await form.getByLabel('Brand').selectOption('Nordvind Sensors');
    await form.getByLabel('Sensor').selectOption('Gust 2');
    await form.getByText('What the values mean').waitFor();
    assert.equal(await form.getByLabel('Firmware').inputValue(), '2.0');
    assert.equal(await form.getByLabel('Region').inputValue(), 'EU863-870');
    await form.getByText('LoRaWAN 1.0.3, class A, C, OTAA').waitFor();
    await form.getByText('wind speed, wind direction, battery').waitFor();
    const picture = form.getByRole('img', { name: 'Picture of Gust 2' });
    await eventually(async () =>
      assert.equal(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), 1),
    );
  });

  it('runs the examples with one click and shows expected and got side by side', async () => {
    await form.getByRole('button', { name: 'Run the 2 examples' }).click();
    await form.getByText('1 of 2 examples come out otherwise').waitFor();
    const cells = await line('Door closed').getByRole('cell').allTextContents();
    assert.match(cells[0] ?? '', /"TempC": -56/);
    assert.match(cells[1] ?? '', /"TempC": 200/);
    assert.equal(cells[2], '✗ different');
  });

  it('asks what each name is, marks suggestions, and says what is wrong beside the row', async () => {
    assert.equal(await form.getByLabel('What TempC is').inputValue(), 'air_temperature');
    await line('TempC').getByText('A suggestion from the name: check it.').waitFor();
    await form.getByLabel('Unit of TempC').selectOption('°F');
    await form.getByLabel('What TempC_2 is').selectOption('Air temperature');
    await editor.page.getByRole('button', { name: 'Use this sensor model' }).click();
    await line('TempC_2')
      .getByText('The name “TempC” of the same message is this quantity already')
      .waitFor();
    await line('door').getByText('Write which of these values mean yes').waitFor();
    await form.getByLabel('What TempC_2 is').selectOption('Probe temperature');
    await form.getByLabel('Words of door that mean yes').fill('open');
  });

  it('is readable for all: labels, roles, contrast', async () => {
    await editor.page.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
    const violations = await editor.page.evaluate(async (rules) => {
      const found = await axe.run('.byflyt-dr', { runOnly: rules });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }, RULES);
    assert.deepEqual(violations, []);
  });

  it('saves the model and chooses it for the device', async () => {
    await form.getByLabel('Minutes between two messages').fill('15');
    await editor.page.getByRole('button', { name: 'Use this sensor model' }).click();
    await form.waitFor({ state: 'detached' });
    const id = 'nordvind-gust-2-gust-2-codec';
    await eventually(async () =>
      assert.equal(await editor.page.locator('#byflyt-device-model').inputValue(), id),
    );
    const saved = JSON.parse(await readFile(join(byflyt.folder, `models/${id}.json`), 'utf8'));
    assert.deepEqual(saved.mappings, [
      { from: 'TempC', quantity: 'air_temperature', unit: '[degF]' },
      { from: 'TempC_2', quantity: 'probe_temperature' },
      { from: 'door', quantity: 'door_open', states: { open: true, closed: false } },
    ]);
    assert.equal(saved.interval, 15);
  });

  it('shows the sensor and what was chosen when it is opened again', async () => {
    // The catalog of models looks at its folder once a second.
    await eventually(async () => {
      await editor.page.getByRole('button', { name: 'Choose from the device repository …' }).click();
      await form.getByLabel('Brand').waitFor();
      try {
        await form.getByText('You use this sensor model already').waitFor({ timeout: 2000 });
      } catch (error) {
        await editor.page.getByRole('button', { name: 'Cancel' }).last().click();
        await form.waitFor({ state: 'detached' });
        throw error;
      }
    });
    assert.equal(await form.getByLabel('Firmware').inputValue(), '2.0');
    assert.equal(await form.getByLabel('Unit of TempC', { exact: true }).inputValue(), '[degF]');
    assert.equal(await form.getByLabel('Words of door that mean yes').inputValue(), 'open');
    assert.equal(await form.getByLabel('Minutes between two messages').inputValue(), '15');
  });
});
