/** Pages of places, comparisons, maps, frames, and what search engines read, as answers to requests. */
import assert from 'node:assert/strict';
import { PUBLIC_LANGUAGES } from '../../../nodes/observation/messages.ts';
import type { Change } from '../../../nodes/opendata/change-log.ts';
import { changesPage } from '../../../nodes/opendata/changes-page.ts';
import { publisherFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import { answer } from '../../../nodes/opendata/routes.ts';
import { Site } from '../../../nodes/opendata/site.ts';
import { BASE, NOW, openSkiTrail, PUBLISHER, type SkiTrail, START, textOf } from './ski-trail.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('public pages', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail({ location: 'exact' });
    const [start, summit] = trail.devices;
    Object.assign(start ?? {}, { location: { lat: 64.75, lon: 20.95 } });
    Object.assign(summit ?? {}, { location: { lat: 64.76, lon: 20.99 } });
    await trail.real.write(winter());
  });
  after(() => trail.close());

  /** A value each six hours of the year before, at the start: -6 and -2 °C by turns; one in March that failed a check. */
  function winter() {
    return Array.from({ length: 4 * 300 }, (_, index) => ({
      measurement: 'ski_trail',
      tags: { device: 'ski-a', site: 'Start' },
      fields: { snow_temperature: index % 2 ? -6 : -2, snow_temperature_qc: index === 0 ? 4 : 1 },
      time: NOW - 3 * DAY - index * 6 * HOUR + (index === 0 ? 2 * DAY : 0),
    }));
  }

  const page = async (path: string) => textOf(await trail.get(path, { accept: 'text/html' }));
  const plain = (markup: string) =>
    markup
      .replace(/<style>.*?<\/style>/s, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');

  describe('of a place', () => {
    it('says it in words, with the values, in each language', async () => {
      const words = {
        nb: 'Snø 3,4 °C, våt: klister Snøtemperatur 3,4 °C',
        nn: 'Snø 3,4 °C, våt: klister Snøtemperatur 3,4 °C',
        sv: 'Snö 3,4 °C, blöt: klister Snötemperatur 3,4 °C',
        da: 'Sne 3,4 °C, våd: klister Snetemperatur 3,4 °C',
        fi: 'Lumi 3,4 °C, märkä: liisteri Lumen lämpötila 3,4 °C',
        en: 'Snow 3.4 °C, wet: klister Snow temperature 3.4 °C',
      };
      for (const language of PUBLIC_LANGUAGES) {
        const markup = await page(`/ski-trail/place/start/?lang=${language}`);
        assert.ok(plain(markup).includes(words[language]), language);
        assert.match(markup, new RegExp(`<html lang="${language}">`));
      }
    });

    it('draws two days, a month and a year, each with its table', async () => {
      const rows = async (period: string) => {
        const markup = await page(`/ski-trail/place/start/?lang=en&period=${period}`);
        const [table = ''] = /<details><summary>[\s\S]*?<\/table>/.exec(markup) ?? [];
        assert.match(markup, new RegExp(`period=${period}[^>]*aria-current="true"`));
        assert.equal(markup.match(/<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]*role="img"/g)?.length, 4);
        return [...table.matchAll(/<tr><th scope="row">(.*?)<\/tr>/g)].map(([, row = '']) =>
          plain(row).trim(),
        );
      };
      assert.deepEqual((await rows('month')).slice(0, 3), [
        '18 March 1.5 2.6 3.5',
        '15 March -6.0 -6.0 -6.0',
        '14 March -6.0 -4.0 -2.0',
      ]);
      const months = await rows('year');
      assert.equal(months.length, 11);
      assert.equal(months[1], 'February 2018 -6.0 -4.0 -2.0');
    });

    it('leaves values that failed a check out of the line, the mean and the table', async () => {
      assert.equal((await page('/ski-trail/place/start/?lang=en')).includes('-2.0'), false);
    });

    it('marks them where the dataset marks, and says so', async () => {
      const marking = await openSkiTrail({ failed: 'mark' });
      await marking.real.write(winter());
      const text = plain(
        await textOf(await marking.get('/ski-trail/place/start/?lang=en', { accept: 'text/html' })),
      );
      assert.match(text, /Crosses are values that failed the automatic check/);
      assert.match(text, /1 of 6 values of the last two days failed the check\. Such values are marked/);
      await marking.close();
    });

    it('says how it is measured, when it was checked, and what is known to be wrong', async () => {
      const text = plain(await page('/ski-trail/place/start/?lang=en'));
      assert.match(text, /How it is measured A probe lies in the snow/);
      assert.match(text, /Last checked 10:17/);
      assert.match(
        text,
        /Known faults Snow temperature: 1 of 6 values of the last two days failed the check\. Such values are not shown/,
      );
      assert.match(plain(await page('/ski-trail/place/toppen/?lang=en')), /Known faults None\./);
    });

    it('says that a sensor is silent', async () => {
      const later = await openSkiTrail({}, NOW + 5 * HOUR);
      const text = plain(
        await textOf(await later.get('/ski-trail/place/start/?lang=en', { accept: 'text/html' })),
      );
      assert.match(text, /The sensor has not reported since 10:17/);
      assert.doesNotMatch(text, /wet: klister/);
      await later.close();
    });

    it('is reached with or without the final slash, and is not there for other names', async () => {
      assert.deepEqual(
        (await trail.get('/ski-trail/place/start?lang=fi')).headers.Location,
        'start/?lang=fi',
      );
      for (const path of [
        '/ski-trail/place/',
        '/ski-trail/place/nowhere/',
        '/ski-trail/place/start/x',
        '/ski-trail/place/start//',
        '/ski-trail/place/start/now.json/x',
        '/ski-trail/place/https:example.org',
        '/ski-trail/place/..%2F',
      ]) {
        assert.equal((await trail.get(path)).status, 404, path);
      }
    });

    it('has one address for each period, whatever else was asked', async () => {
      const canonical = async (query: string) =>
        /rel="canonical" href="([^"]*)"/.exec(await page(`/ski-trail/place/start/?${query}`))?.[1];
      const address = `${BASE}ski-trail/place/start/`;
      assert.equal(await canonical('period=two_days'), address);
      assert.equal(await canonical('period=century&x=1'), address);
      assert.equal(await canonical('period=month&x=1'), `${address}?period=month`);
    });

    it('keeps the language that a visitor chose in its links, and only then', async () => {
      const links = (markup: string) =>
        [...markup.matchAll(/<a href="(\.\.[^"]*)"/g)].map(([, href = '']) => href);
      const chosen = links(await page('/ski-trail/place/start/?lang=sv'));
      assert.ok(
        chosen.length > 5 && chosen.every((href) => /lang=sv|catalog\.ttl$/.test(href)),
        chosen.join('\n'),
      );
      assert.ok(links(await page('/ski-trail/place/start/')).every((href) => !href.includes('lang=')));
    });
  });

  describe('that compare', () => {
    const path = '/ski-trail/compare?lang=en&quantity=snow_temperature';

    it('show places in one chart and one table, and the form with what was chosen', async () => {
      const markup = await page(`${path}&place=start&place=toppen`);
      assert.match(plain(markup), /Hour from Start Toppen 11:00 3\.0 10:00 3\.4 2\.5/);
      assert.equal(markup.match(/ checked>/g)?.length, 2);
      assert.match(markup, /<option value="snow_temperature" selected>/);
    });

    it('say what is missing in place of a chart', async () => {
      assert.match(plain(await page(`${path}&place=start`)), /Choose at least two places/);
      assert.match(plain(await page(`${path}&place=start&place=nowhere`)), /Choose at least two places/);
      assert.doesNotMatch(await page(path), /role="alert"/);
    });

    it('ask for nothing where there is nothing to choose from', async () => {
      const other = await openSkiTrail();
      other.devices.length = 0;
      const response = await other.get('/ski-trail/compare?lang=en', { accept: 'text/html' });
      const markup = await textOf(response);
      assert.match(plain(markup), /There are no places with sensors yet/);
      assert.doesNotMatch(markup, /<form/);
      await other.close();
    });

    it('take no more than five', async () => {
      const other = await openSkiTrail();
      const ids = Array.from({ length: 6 }, (_, index) => `p-${index}`);
      for (const id of ids) other.devices.push({ ...START, id, site: id });
      const query = ids.map((id) => `place=${id}`).join('&');
      const response = await other.get(`/ski-trail/compare?lang=en&${query}`, { accept: 'text/html' });
      assert.match(plain(await textOf(response)), /Choose at most five places/);
      await other.close();
    });
  });

  describe('map', () => {
    it('has a link for each place with its name and words, in both shapes', async () => {
      const markup = await page('/ski-trail/?lang=en');
      const links = [...markup.matchAll(/<a href="([^"]*)" aria-label="([^"]*)"><title>/g)].map(
        ([, ...link]) => link,
      );
      const start = ['../ski-trail/place/start/?lang=en', 'Start: Snow 3.4 °C, wet: klister'];
      const summit = ['../ski-trail/place/toppen/?lang=en', 'Toppen: Snow 3.0 °C, wet: klister'];
      assert.deepEqual(links, [start, summit, start, summit]);
    });

    it('shows the tiles of a server that staff chose, and permits the page no other', async () => {
      const address = 'https://tiles.example.org/{z}/{x}/{y}.png';
      const publisher = publisherFromConfig({ publisher: 'F', tiles: address, tilesCredit: '© Kart' }, 'nb');
      const site = new Site(0);
      site.publish({ dataset: trail.dataset, publisher, sources: trail.sources });
      const request = {
        method: 'GET',
        path: '/',
        query: new URLSearchParams(),
        headers: { accept: 'text/html' },
        base: BASE,
      };
      const response = await answer(request, site, { timeZone: 'UTC', fallback: publisher, now: () => NOW });
      const markup = await textOf(response);
      const tiles = [
        ...markup.matchAll(/<image href="https:\/\/tiles\.example\.org\/(\d+)\/\d+\/\d+\.png"/g),
      ];
      assert.ok(tiles.length >= 4 && tiles.length < 40, String(tiles.length));
      assert.match(markup, /© Kart/);
      assert.match(
        response.headers['Content-Security-Policy'] ?? '',
        /img-src 'self' data: https:\/\/tiles\.example\.org;/,
      );
      for (const wrong of [
        { tiles: 'https://x.example/{z}/{x}.png', tilesCredit: 'x' },
        { tiles: address },
      ]) {
        assert.throws(
          () => publisherFromConfig({ publisher: 'F', ...wrong }, 'nb'),
          /opendata\.config\.tiles/,
        );
      }
    });

    it('asks nobody for tiles, and is left out if no place may show where it is', async () => {
      assert.doesNotMatch(await page('/ski-trail/'), /<image/);
      const hidden = await openSkiTrail({ location: 'none' });
      Object.assign(hidden.devices[0] ?? {}, { location: { lat: 64.75, lon: 20.95 } });
      assert.doesNotMatch(
        await textOf(await hidden.get('/ski-trail/', { accept: 'text/html' })),
        /class="map"/,
      );
      await hidden.close();
    });
  });

  describe('for other sites', () => {
    it('may be framed from anywhere, unlike all others', async () => {
      const policy = async (path: string) =>
        (await trail.get(path, { accept: 'text/html' })).headers['Content-Security-Policy'];
      assert.match((await policy('/embed/ski-trail/start/')) ?? '', /frame-ancestors \*/);
      assert.match((await policy('/ski-trail/place/start/')) ?? '', /frame-ancestors 'none'/);
    });

    it('show a place, with the way to its page', async () => {
      const markup = await page('/embed/ski-trail/start/?lang=en');
      assert.match(plain(markup), /Start Snow 3\.4 °C, wet: klister/);
      assert.match(markup, new RegExp(`href="${BASE}ski-trail/place/start/\\?lang=en" target="_blank"`));
      assert.equal((await trail.get('/embed/ski-trail/nowhere/')).status, 404);
      assert.equal((await trail.get('/embed/nothing/start/')).status, 404);
    });

    it('give the element of other sites what it shows', async () => {
      const now = JSON.parse(await page('/ski-trail/place/start/now.json?lang=sv'));
      assert.equal(now.words, 'Snö 3,4 °C, blöt: klister');
      assert.equal(now.page, `${BASE}ski-trail/place/start/?lang=sv`);
      assert.deepEqual(now.values[0], {
        quantity: 'snow_temperature',
        label: 'Snötemperatur',
        value: 3.4,
        text: '3,4 °C',
        time: '2018-03-18T09:17:26.000Z',
        when: 'Mätt 10:17',
        isOld: false,
      });
    });
  });

  describe('for search engines', () => {
    it('name themselves and their other languages by whole addresses', async () => {
      const markup = await page('/ski-trail/place/start/?period=year');
      const path = `${BASE}ski-trail/place/start/?period=year`;
      assert.match(markup, new RegExp(`<link rel="canonical" href="${path.replace('?', '\\?')}">`));
      const found = [...markup.matchAll(/<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">/g)];
      assert.deepEqual(
        found.map(([, tag, address]) => [tag, address?.replaceAll('&amp;', '&')]),
        [...PUBLIC_LANGUAGES.map((tag) => [tag, `${path}&lang=${tag}`]), ['x-default', path]],
      );
    });

    it('stand in the sitemap, places too', async () => {
      const xml = await page('/sitemap.xml');
      const addresses = [...xml.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, address]) => address);
      const paths = ['', 'ski-trail/', 'ski-trail/place/start/', 'ski-trail/place/toppen/'];
      assert.deepEqual(
        addresses,
        paths.map((path) => BASE + path),
      );
    });

    it('are pointed at by robots.txt', async () => {
      const text = await page('/robots.txt');
      assert.match(text, new RegExp(`^Sitemap: ${BASE}sitemap.xml$`, 'm'));
      assert.match(text, /^Disallow: \/editor\/$/m);
    });

    it('are not to be found if they say that there is nothing', async () => {
      assert.match(await page('/nothing/'), /<meta name="robots" content="noindex">/);
      assert.doesNotMatch(await page('/ski-trail/'), /noindex/);
    });
  });

  describe('of changes', () => {
    const CHANGES: Change[] = [
      {
        time: '2018-03-01T08:00:00.000Z',
        kind: 'published',
        dataset: 'ski-trail',
        title: { nb: 'Skiløypa' },
      },
      {
        time: '2018-03-02T08:00:00.000Z',
        kind: 'changed',
        dataset: 'ski-trail',
        title: { nb: 'Skiløypa' },
        parts: ['licence', 'quantities', 'unheard_of'],
      },
      {
        time: '2018-03-03T08:00:00.000Z',
        kind: 'withdrawn',
        dataset: 'bins',
        title: { nb: '<b>' },
        reason: 'Moved',
      },
    ];
    const visit = {
      language: 'en',
      timeZone: 'UTC',
      now: NOW,
      base: BASE,
      path: 'changes',
      query: [],
      chosen: false,
    } as const;

    it('say what was published, changed and withdrawn, newest first, with a link to what is there', () => {
      const markup = changesPage(CHANGES, new Set(['ski-trail']), PUBLISHER, visit);
      const lines = [...markup.matchAll(/<li><time.*?<\/li>/gs)].map(([line]) => plain(line).trim());
      assert.deepEqual(lines, [
        '3 March 08:00 Withdrawn: &lt;b&gt; : Moved',
        '2 March 08:00 Changed: Skiløypa : licence, what is shown',
        '1 March 08:00 Published: Skiløypa',
      ]);
      assert.equal(markup.match(/<a href="\.\/ski-trail\/">/g)?.length, 2);
    });

    it('are linked from the overview', async () => {
      assert.match(await page('/'), /href="\.\/changes"/);
      assert.match(await page('/changes?lang=da'), /<h1>Ændringer i åbne data<\/h1>/);
    });
  });

  it('say in which language a text is that is not in theirs', async () => {
    assert.match(await page('/ski-trail/?lang=fi'), /<h1><span lang="en">Ski trail<\/span><\/h1>/);
    assert.match(await page('/ski-trail/?lang=en'), /<h1>Ski trail<\/h1>/);
  });

  it('take the language that the browser likes best', async () => {
    const language = async (accept: string) => {
      const markup = await textOf(await trail.get('/', { accept: 'text/html', 'accept-language': accept }));
      return /<html lang="(\w+)">/.exec(markup)?.[1];
    };
    assert.equal(await language('fi-FI,fi;q=0.9,en;q=0.8'), 'fi');
    assert.equal(await language('de,da;q=0.5,sv;q=0.7'), 'sv');
    assert.equal(await language('nn-NO'), 'nn');
    assert.equal(await language('no'), 'nb');
    assert.equal(await language('de'), 'nb');
  });
});
