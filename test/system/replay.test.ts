/** A bin that was registered with a wrong depth: its past levels are corrected in the editor, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator } from 'playwright-core';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import type { Row } from '../../nodes/timeseries/store.ts';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { publishAll } from '../support/mqtt.ts';
import { binRows, binUplinks, inOrder } from './bins.ts';
import { Installation } from './installation.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const HOURS = 48;
/** From 10 to 57 percent. */
const BIN = {
  id: 'bin',
  site: 'Torget',
  devEui: '24e124136b000001',
  level: (daysAgo: number) => 57 - 24 * daysAgo,
};
const HEADER = 'id;name;area;site;devEui;model;emptyDistance;fullDistance';

/** Node-RED's editor in the page. */
declare const RED: { editor: { editConfig(name: string, type: string, id: string): void } };
declare const axe: { run(element: string, options: object): Promise<AxeResults> };

describe('replay in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;
  let form: Locator;

  before(async () => {
    byflyt = await Installation.prepare();
    await byflyt.start();
    // Twice as deep as it is.
    await register((row) => row.replace(';1.5;', ';2.7;'));
    await publishAll(byflyt.brokerUrl, inOrder(binUplinks(BIN, HOURS / 24, Date.now())));
    await eventually(async () => assert.equal((await levels()).length, HOURS));
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  async function register(change: (row: string) => string): Promise<void> {
    await byflyt.write('list.csv', [HEADER, ...binRows([BIN]).map(change)].join('\n'));
    await byflyt.command('devices', 'import', join(byflyt.folder, 'list.csv'));
  }

  async function levels(): Promise<Row[]> {
    const store = new SqliteStore(join(byflyt.folder, 'measurements.db'));
    try {
      const fields = ['fill_level', 'fill_level_qc', 'time_until_full', 'time_until_full_qc', 'distance'];
      return await store.query({ measurement: 'waste', fields, where: { device: BIN.id } });
    } finally {
      await store.close();
    }
  }

  it('shows what would change after the device was corrected', async () => {
    const [first] = await levels();
    assert.ok(Number(first?.values.fill_level) > 50, JSON.stringify(first));
    await register((row) => row);
    await editor.page.evaluate(() => RED.editor.editConfig('', 'byflyt-devices', 'byflyt-devices'));
    await editor.page.getByRole('button', { name: 'Decode earlier messages again …' }).click();
    form = editor.page.locator('.byflyt-rp');
    await form.getByText('Messages are kept back to').waitFor();
    await form.getByLabel('Sensor model').selectOption('milesight-em310-udl');
    await form.getByRole('button', { name: 'Show what would change' }).click();
    await form.getByText('This would change').waitFor();
    const cells = await form
      .getByRole('row', { name: /^bin Fill level/ })
      .getByRole('cell')
      .allTextContents();
    assert.deepEqual(cells.slice(0, 4), ['Fill level', String(HOURS), '0', '0']);
    assert.match(cells[5] ?? '', /\d % → \d+(\.\d)? %/);
    assert.equal(await form.getByRole('row').count(), 2);
    assert.equal((await levels())[0]?.values.fill_level, first?.values.fill_level);
  });

  it('is readable for all: labels, roles, contrast', async () => {
    await editor.page.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
    const violations = await editor.page.evaluate(async (rules) => {
      const found = await axe.run('.byflyt-rp', { runOnly: rules });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }, RULES);
    assert.deepEqual(violations, []);
  });

  it('writes it, and raises no alarm', async () => {
    const alarms = await byflyt.read('byflyt/operator/content?lang=en');
    await form.getByRole('button', { name: 'Write the corrections' }).click();
    await form.getByText('The corrections are written').waitFor();
    await eventually(async () => {
      const rows = await levels();
      assert.equal(rows.length, HOURS);
      for (const [hour, { values }] of rows.entries()) {
        const level = BIN.level((HOURS - 1 - hour) / 24);
        assert.ok(Math.abs(Number(values.fill_level) - level) < 0.2, `${hour}: ${JSON.stringify(values)}`);
        assert.notEqual(values.time_until_full_qc, 4);
      }
    });
    const alarmsIn = (page: string) => /<section aria-labelledby="alarms">.*?<\/section>/s.exec(page)?.[0];
    assert.ok(alarmsIn(alarms));
    assert.equal(alarmsIn(await byflyt.read('byflyt/operator/content?lang=en')), alarmsIn(alarms));
    await form.getByRole('button', { name: 'Show what would change' }).click();
    await form.getByText('The database has the right values already.').waitFor();
  });
});
