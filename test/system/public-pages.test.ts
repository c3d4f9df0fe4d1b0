/** What citizens and operators see in a browser: after the first start with simulated sensors, then with real ones. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { openBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { publishAll } from '../support/mqtt.ts';
import { Installation } from './installation.ts';
import { thingsStackUplink } from './uplinks.ts';

const OPERATOR = '/editor/byflyt/operator';
/** What everybody may read; `*` is the first place of the trail, which simulated and real sensors call differently. */
const PUBLIC_PAGES = [
  '/opendata/',
  '/opendata/ski-trail/',
  '/opendata/ski-trail/place/*/',
  '/opendata/ski-trail/place/*/?period=year&lang=fi',
  '/opendata/ski-trail/compare?place=*&lang=sv',
  '/opendata/ski-trail/feedback?place=*',
  '/opendata/embed/ski-trail/*/',
  '/opendata/waste-containers/',
  '/opendata/changes',
  '/opendata/no-such-dataset',
];
const PHONE = { width: 360, height: 740 };
/** The narrowest screen that pages must do with (WCAG 1.4.10), and a desk at which everything is twice as large (1.4.4). */
const NARROW = { width: 320, height: 640 };
const ZOOMED = { width: 640, height: 512 };
/** Web Content Accessibility Guidelines 2.1, levels A and AA, which the law asks of public bodies. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const MINUTE = 60_000;

const DEVICES = [
  'id;name;area;site;devEui;model;publication',
  'ski-a;Ski trail A;ski_trail;Start;a84041000000000a;ski-trail-lht65n;open',
  'ski-b;Ski trail B;ski_trail;Toppen;a84041000000000b;ski-trail-lht65n;open',
].join('\n');

/** Snow temperatures (°C) by minutes ago: below zero, with a gap of three hours and a value that no snow has. */
const REAL: [minutesAgo: number, value: number][] = [
  [400, -12.4],
  [380, -12.1],
  [200, -11.9],
  [180, 85],
  [160, -11.5],
];

function realUplinks(now: number) {
  return REAL.flatMap(([minutesAgo, externalTemperature], fCnt) =>
    ['a', 'b'].map((place) => {
      const reading = { battery: 3.3, internalTemperature: -9, humidity: 88, externalTemperature };
      const { fPort, bytes } = encodeLht65n(reading);
      const time = new Date(now - minutesAgo * MINUTE).toISOString();
      const devEui = `a84041000000000${place}`;
      return thingsStackUplink({ deviceId: place, devEui, fPort, payload: bytes, time, fCnt });
    }),
  );
}

describe('pages for citizens and operators', () => {
  let installation: Installation;
  let browser: Browser;
  let axe: string;
  /** What pages asked other hosts for. */
  const foreign: string[] = [];

  before(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    installation = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await Promise.all([
      installation.start(),
      openBrowser().then((opened) => {
        browser = opened;
      }),
    ]);
    await eventually(async () =>
      assert.match(await latest(), /"sandbox":true.*"snow_temperature":\{"value"/),
    );
  });
  after(async () => {
    await browser?.close();
    await installation?.remove();
  });

  async function latest(): Promise<string> {
    return (await fetch(`${installation.site}/opendata/ski-trail/latest.json`)).text();
  }

  afterEach(() => assert.deepEqual(foreign, [], 'asks other hosts'));

  /** Opens a page and notes what it asks other hosts for. The operator page is signed in. */
  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: PHONE, locale: 'nb-NO', ...options });
    const page = await context.newPage();
    page.on('request', (request) => {
      if (![installation.site, 'data:'].some((own) => request.url().startsWith(own)))
        foreign.push(request.url());
    });
    await page.goto(installation.site + (await pathOf(path)));
    if (path === OPERATOR) await signIn(page);
    return page;
  }

  async function pathOf(path: string): Promise<string> {
    if (!path.includes('*')) return path;
    const sitemap = await (await fetch(`${installation.site}/opendata/sitemap.xml`)).text();
    const [, place = ''] = /<loc>[^<]*\/ski-trail\/place\/([^/<]+)\/<\/loc>/.exec(sitemap) ?? [];
    assert.ok(place, 'no place in the sitemap');
    return path.replace('*', place);
  }

  async function signIn(page: Page): Promise<void> {
    await page.locator('#username').fill('admin');
    await page.locator('#password').fill(installation.password);
    await page.keyboard.press('Enter');
    await page.locator('#content section').first().waitFor();
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const found = await page.evaluate(async (rules) => {
      const { axe: loaded } = globalThis as unknown as { axe: typeof import('axe-core') };
      return (await loaded.run(document, { runOnly: rules })) as AxeResults;
    }, RULES);
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  function width(page: Page): Promise<number> {
    return page.evaluate(() => document.documentElement.scrollWidth);
  }

  function describePages(): void {
    for (const path of [...PUBLIC_PAGES, OPERATOR]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        it(`${path} can be used by everyone, ${colorScheme}`, async () => {
          const page = await open(path, { colorScheme });
          assert.deepEqual(await violations(page), []);
          assert.ok((await width(page)) <= PHONE.width, 'wider than a phone');
          await page.context().close();
        });
      }
    }

    it('need no scrolling sideways on the narrowest screen, or with letters of double size', async () => {
      for (const path of PUBLIC_PAGES) {
        const page = await open(path, { viewport: NARROW });
        assert.ok((await width(page)) <= NARROW.width, `${path}: ${await width(page)} pixels`);
        await page.setViewportSize(ZOOMED);
        await page.evaluate(() => {
          document.documentElement.style.fontSize = '200%';
        });
        assert.ok((await width(page)) <= ZOOMED.width, `${path}: ${await width(page)} pixels when enlarged`);
        await page.context().close();
      }
    });

    it('are small, run no script and set no cookie', async () => {
      for (const path of PUBLIC_PAGES) {
        const address = installation.site + (await pathOf(path));
        const response = await fetch(address, { headers: { accept: 'text/html' } });
        const text = await response.text();
        assert.ok(Buffer.byteLength(text) < 100_000, `${path}: ${Buffer.byteLength(text)} bytes`);
        assert.doesNotMatch(text, /<script(?! type="application\/ld\+json")|<iframe|src="https?:/);
        assert.equal(response.headers.get('set-cookie'), null);
      }
    });

    it('show values and charts without JavaScript', async () => {
      const page = await open('/opendata/ski-trail/', { javaScriptEnabled: false });
      assert.equal(await page.locator('.places > li').count(), 2);
      assert.match((await page.locator('.values').first().textContent()) ?? '', /−?\d+,\d/);
      assert.ok(await page.locator('.narrow svg').first().isVisible());
      await page.locator('main summary').first().click();
      assert.ok(await page.locator('details table').first().isVisible());
      await page.context().close();
    });
  }

  describe('after the first start', () => {
    describePages();

    it('say that the values are made up', async () => {
      const page = await open('/opendata/ski-trail/');
      assert.match((await page.locator('.notice').textContent()) ?? '', /simulerte/);
      assert.match(await page.title(), /Sandkasse/);
      await page.context().close();
    });
  });

  describe('with real sensors', () => {
    before(async () => {
      await installation.write('list.csv', DEVICES);
      await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
      await publishAll(installation.brokerUrl, realUplinks(Date.now()));
      await eventually(async () => assert.match(await latest(), /"sandbox":false.*-11\.5.*-11\.5/));
    });

    describePages();

    it('show what was measured, mark what is old, and withhold what failed', async () => {
      const page = await open('/opendata/ski-trail/');
      const text = ((await page.locator('main').textContent()) ?? '').replaceAll(/\s+/g, ' ');
      assert.match(text, /Start ?Snøtemperatur −11,5 °C ?Snøfuktighet 88 % Sist målt/);
      assert.doesNotMatch(text, /85,0|simulert/);
      assert.equal(await page.locator('.when .stale').count(), 2);
      await page.context().close();
    });

    it('show no measurement on the operator page to whoever has not signed in', async () => {
      for (const part of ['content', 'chart?device=ski-a&quantity=snow_temperature&days=2']) {
        assert.equal((await fetch(`${installation.site}${OPERATOR}/${part}`)).status, 401, part);
      }
    });

    it('can be read and left by keyboard alone', async () => {
      const page = await open('/opendata/ski-trail/');
      await page.keyboard.press('Tab');
      assert.ok(await page.locator('.skip').evaluate((link) => link === document.activeElement));
      await page.keyboard.press('Enter');
      await page.waitForURL(/#content$/);
      const isFocused = (selector: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((own) => own === document.activeElement);
      await page.keyboard.press('Tab');
      assert.ok(await isFocused('.places a'), 'the first place comes first');
      for (let presses = 0; presses < 20 && !(await isFocused('main summary')); presses++) {
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('Enter');
      assert.ok(await page.locator('details table').first().isVisible());
      await page.context().close();
    });

    it('let an operator open and close a chart by keyboard, with failed values marked', async () => {
      const page = await open(OPERATOR, { viewport: { width: 1280, height: 900 } });
      const button = page.locator('button.series[data-device="ski-a"]').first();
      await button.focus();
      await page.keyboard.press('Enter');
      await page.locator('#chart[open] svg').first().waitFor({ state: 'attached' });
      assert.match((await page.locator('#drawing').textContent()) ?? '', /1 verdi besto ikke kontrollen/);
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('#chart').isVisible(), false);
      assert.ok(await button.evaluate((own) => own === document.activeElement));
      await page.context().close();
    });

    it('stay where an operator is when they renew themselves, and speak either language', async () => {
      const page = await open(OPERATOR);
      const button = page.locator('button.series[data-device="ski-b"]').last();
      await button.focus();
      const before = await page.locator('#content').innerHTML();
      await publishAll(installation.brokerUrl, realUplinks(Date.now() + 120 * MINUTE).slice(-2));
      await eventually(async () => {
        await page.locator('#refresh').evaluate((own: HTMLButtonElement) => own.click());
        assert.notEqual(await page.locator('#content').innerHTML(), before);
      });
      assert.ok(await button.evaluate((own) => own === document.activeElement));
      await page.locator('.language').click();
      await page.getByRole('heading', { name: 'Open alarms' }).waitFor();
      await page.context().close();
    });
  });
});
