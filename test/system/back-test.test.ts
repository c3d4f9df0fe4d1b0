/** The slider of anomaly detect, tried on a year of stored readings in the editor, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator } from 'playwright-core';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { Installation } from './installation.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const DAYS = 365;
const EVERY = 10 * MINUTE;
const NODE = 'byflyt-ski-trail-anomaly';
/** What a person takes for "at once". */
const AT_ONCE_MS = 1000;

declare const axe: { run(element: string, options: object): Promise<AxeResults> };

/** °C of snow that warms by day, with a wave of its own, and a leap now and then. */
function temperature(sample: number): number {
  const day = 4 * Math.sin((2 * Math.PI * sample * EVERY) / DAY);
  const wave = Math.sin(sample / 17) + 0.7 * Math.sin(sample / 5.3);
  return Math.round(10 * (day + wave - 8 + (sample % 3001 === 3000 ? 9 : 0))) / 10;
}

describe('back-test in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;
  let form: Locator;
  const now = Math.floor(Date.now() / DAY) * DAY;

  before(async () => {
    byflyt = await Installation.prepare();
    const store = new SqliteStore(join(byflyt.folder, 'measurements.db'));
    const points = Array.from({ length: (DAYS * DAY) / EVERY }, (_, sample) => ({
      measurement: 'ski_trail',
      tags: { device: 'start', site: 'Start' },
      fields: { snow_temperature: temperature(sample) },
      time: now - DAYS * DAY + sample * EVERY,
    }));
    await store.write(points);
    await store.close();
    await byflyt.start();
    await byflyt.write(
      'list.csv',
      'id;name;area;site;devEui;model\nstart;Trail sensor;ski_trail;Start;a840410000000001;dragino-lht65n',
    );
    await byflyt.command('devices', 'import', join(byflyt.folder, 'list.csv'));
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const result = () => form.locator('#byflyt-back-test-result');
  const marks = () => form.locator('.byflyt-alarm-mark').count();

  it('is for those who may see the flows', async () => {
    for (const path of ['', '/devices', '/quantities']) {
      const { status } = await fetch(`${byflyt.site}/editor/byflyt/back-test${path}?device=start`);
      assert.equal(status, 401, path);
    }
  });

  it('draws a year with its band and alarms', async () => {
    await editor.showFlow('Ski trail');
    form = await editor.openNode(NODE);
    await form.getByText('Try it on stored readings').click();
    await form.getByLabel('Sensor').selectOption('start');
    await form.locator('#byflyt-back-test-quantity option').first().waitFor({ state: 'attached' });
    await form.getByLabel('From').fill(new Date(now - DAYS * DAY).toISOString().slice(0, 10));
    await form.getByRole('button', { name: 'Show' }).click();
    await result().filter({ hasText: 'alarms in' }).waitFor();
    const [, count, days] =
      /^(\d+) alarms in (\d+) days: [\d.]+ a month$/.exec((await result().textContent()) ?? '') ?? [];
    assert.equal(days, String(DAYS));
    assert.ok(Number(count) > 0);
    assert.equal(await marks(), Number(count));
    assert.equal(await form.locator('.byflyt-band').count(), 1);
    assert.match(
      (await form.locator('#byflyt-back-test-list li').first().textContent()) ?? '',
      /Snow temperature at Start/,
    );
  });

  it('draws anew at once when the slider is moved', async () => {
    const before = await marks();
    const slider = form.getByLabel('How strict');
    const start = performance.now();
    await slider.press('End');
    assert.notEqual(await marks(), before);
    assert.ok(performance.now() - start < AT_ONCE_MS);
    const many = await marks();
    await slider.press('Home');
    assert.ok((await marks()) < many);
    await slider.press('End');
  });

  it('is readable for all: labels, roles, contrast', async () => {
    await editor.page.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
    const violations = await editor.page.evaluate(async (rules) => {
      const found = await axe.run('.byflyt-anomaly-detect', { runOnly: rules });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }, RULES);
    assert.deepEqual(violations, []);
  });

  it('says in a sentence what to choose when the period is wrong', async () => {
    await form.getByLabel('From').fill('2001-01-01');
    await form.getByRole('button', { name: 'Show' }).click();
    await result().filter({ hasText: 'at most 400 days' }).waitFor();
  });
});
