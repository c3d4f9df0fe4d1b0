import assert from 'node:assert/strict';
import { PUBLIC_LANGUAGES } from '../../../../nodes/observation/messages.ts';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import { localMonth, monthAfter } from '../../../../nodes/opendata/sharing/local-periods.ts';
import { monthReport } from '../../../../nodes/opendata/sharing/month-report.ts';
import type { Point } from '../../../../nodes/timeseries/store.ts';
import { CONFIG, NOW, openSkiTrail, PUBLISHER, type SkiTrail, START, SUMMIT, textOf } from '../ski-trail.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONE = 'Europe/Oslo';
const JANUARY = localMonth('2026-01', ZONE) ?? assert.fail();
const FEBRUARY = localMonth('2026-02', ZONE) ?? assert.fail();

function point(device: string, time: number, fields: Point['fields']): Point {
  return {
    measurement: 'ski_trail',
    tags: { device, site: device === 'ski-a' ? 'Start' : 'Ny' },
    fields,
    time,
  };
}

describe('the report of a month', () => {
  let trail: SkiTrail;
  const report = (config: object = {}, now = FEBRUARY.to) =>
    monthReport(
      {
        dataset: datasetFromConfig({ ...CONFIG, updateMinutes: 60, ...config }),
        publisher: PUBLISHER,
        sources: trail.sources,
      },
      FEBRUARY,
      [],
      now,
    );

  before(async () => {
    trail = await openSkiTrail();
    trail.devices.splice(0, 2, START, { ...SUMMIT, id: 'ski-c', site: 'Ny' });
    const hours = (from: number, to: number) =>
      Array.from({ length: Math.floor((to - from) / HOUR) }, (_, hour) => from + hour * HOUR);
    const cold = (time: number) => ({
      snow_temperature: time === FEBRUARY.from + 5 * DAY ? -20 : -5,
      snow_temperature_qc: time === FEBRUARY.from + 6 * DAY ? 4 : 1,
    });
    await trail.real.write([
      // Start measures in January and in February, with two days missing; the new one begins on 15 February.
      ...hours(JANUARY.from, FEBRUARY.to)
        .filter((time) => time < FEBRUARY.from + 10 * DAY || time >= FEBRUARY.from + 12 * DAY)
        .map((time) => point('ski-a', time, cold(time))),
      ...hours(FEBRUARY.from + 14 * DAY, FEBRUARY.to).map((time) =>
        point('ski-c', time, { snow_temperature: -8, snow_temperature_qc: 3 }),
      ),
    ]);
  });
  after(() => trail.close());

  it('says how much of what was expected came, and where the longest gap was', async () => {
    const { places, coverage } = await report();
    assert.deepEqual(places, [
      { place: 'Ny', rows: 14 * 24, coverage: 1 },
      {
        place: 'Start',
        rows: 26 * 24 - 1,
        coverage: (26 * 24 - 1) / (28 * 24),
        gap: { from: FEBRUARY.from + 10 * DAY - HOUR, to: FEBRUARY.from + 12 * DAY },
      },
    ]);
    assert.equal(coverage, ((26 * 24 - 1) / (28 * 24) + 1) / 2);
  });

  it('tells new places from old ones, and names those that fell silent', async () => {
    const february = await report();
    assert.deepEqual([february.added, february.silent], [['Ny'], []]);
    const march = localMonth('2026-03', ZONE) ?? assert.fail();
    const entry = { dataset: datasetFromConfig(CONFIG), publisher: PUBLISHER, sources: trail.sources };
    const empty = await monthReport(entry, march, [], march.to);
    assert.deepEqual(
      [empty.silent.toSorted(), empty.places, empty.coverage],
      [['Ny', 'Start'], [], undefined],
    );
  });

  it('finds the lowest and the highest value that did not fail a check', async () => {
    const { extremes } = await report();
    assert.deepEqual(extremes, [
      {
        quantity: 'snow_temperature',
        lowest: { value: -20, place: 'Start', time: FEBRUARY.from + 5 * DAY },
        highest: { value: -5, place: 'Start', time: FEBRUARY.from },
      },
    ]);
  });

  it('says how checks came out where the dataset shows it, and nothing of it where not', async () => {
    assert.equal((await report()).quality, undefined);
    assert.deepEqual((await report({ failed: 'mark' })).quality, {
      passed: 26 * 24 - 1,
      suspect: 14 * 24,
      failed: 1,
    });
  });

  it('reports a running month up to now, less the delay of publication', async () => {
    const now = FEBRUARY.from + 5 * DAY;
    const { until, places } = await report({ delayMinutes: 60 }, now);
    assert.equal(until, now - HOUR);
    assert.equal(places[0]?.coverage, 1);
  });

  it('names no device, key or radio value', async () => {
    assert.doesNotMatch(JSON.stringify(await report()), /ski-a|ski-b|70b3d5|rssi|battery/i);
  });
});

describe('the pages of reports', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail();
  });
  after(() => trail.close());

  it('lead to the current month, and from there to the others that there are', async () => {
    const answer = await trail.get('/ski-trail/report/?lang=nb');
    assert.deepEqual([answer.status, answer.headers.Location], [302, '2018-03/?lang=nb']);
    const without = await trail.get('/ski-trail/report');
    assert.deepEqual([without.status, without.headers.Location], [302, 'report/2018-03/']);
    const page = await textOf(await trail.get('/ski-trail/report/2018-03/?lang=nb'));
    assert.match(page, /<h1>Skiløypa, mars 2018<\/h1>/);
    assert.match(page, /Toppen/);
    for (const [, href = ''] of page.matchAll(/<a href="(\.\.\/2018[^"]*)"/g)) {
      const path = new URL(href, 'http://x/ski-trail/report/2018-03/');
      assert.equal((await trail.get(path.pathname + path.search)).status, 200, href);
    }
  });

  it('come in six languages, as Markdown and as JSON', async () => {
    for (const language of PUBLIC_LANGUAGES) {
      const page = await textOf(await trail.get(`/ski-trail/report/2018-03/?lang=${language}`));
      assert.match(page, new RegExp(`<html lang="${language}">`));
      assert.doesNotMatch(page, /__\w+__|undefined|NaN/);
    }
    const markdown = await textOf(await trail.get('/ski-trail/report/2018-03.md?lang=en'));
    assert.match(markdown, /^# Ski trail, March 2018\n/);
    assert.match(markdown, /\| Toppen \| \d/);
    const answer = await trail.get('/ski-trail/report/2018-03.json');
    const report = JSON.parse(await textOf(answer));
    assert.equal(report.from, '2018-02-28T23:00:00.000Z');
    assert.match(report.extremes[0].lowest.time, /^2018-03-18T/);
  });

  it('are not there for months to come, before the first, or that are none', async () => {
    for (const path of ['2018-04/', '2018-02/', '2018-13/', 'x/', '2018-03.pdf', '2018-03/x'])
      assert.equal((await trail.get(`/ski-trail/report/${path}`)).status, 404, path);
    assert.equal((await trail.get('/ski-trail/report/2018-03')).status, 308);
    assert.equal((await trail.get('/ski-trail/report/2018-03/?x=1')).status, 400);
  });

  it('take what people typed as text', async () => {
    trail.devices[1] = { ...SUMMIT, site: '<b>T|o*p</b>' };
    const markdown = await textOf(await trail.get('/ski-trail/report/2018-03.md?lang=en'));
    assert.match(markdown, /\| \\<b\\>T\\\|o\\\*p\\<\/b\\> \|/);
    const page = await textOf(await trail.get('/ski-trail/report/2018-03/?lang=en'));
    assert.match(page, /&lt;b&gt;T\|o\*p/);
    trail.devices[1] = SUMMIT;
  });
});

describe('months by the clock', () => {
  it('begin at midnight of the time zone', () => {
    assert.equal(new Date(localMonth('2026-07', ZONE)?.from ?? 0).toISOString(), '2026-06-30T22:00:00.000Z');
    assert.equal(localMonth('2026-13', ZONE), undefined);
    assert.equal(monthAfter('2026-01', -1), '2025-12');
    assert.equal(monthAfter('2026-12', 1), '2027-01');
  });
});

describe('the feed of a dataset', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail({}, NOW + DAY);
  });
  after(() => trail.close());

  it('has an entry per day with what Atom asks for', async () => {
    const answer = await trail.get('/ski-trail/feed.atom?lang=en');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['Content-Type'], 'application/atom+xml; charset=utf-8');
    const xml = await textOf(answer);
    assert.match(
      xml,
      /^<\?xml version="1\.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom" xml:lang="en">/,
    );
    const [, entry = ''] = /<entry>([\s\S]*?)<\/entry>/.exec(xml) ?? [];
    assert.match(entry, /<id>https:\/\/data\.example\.org\/opendata\/ski-trail\/#day-2018-03-18<\/id>/);
    assert.match(entry, /<title>Ski trail, 18 March 2018<\/title>/);
    assert.match(entry, /<updated>2018-03-18T23:00:00\.000Z<\/updated>/);
    assert.match(entry, /Toppen: Snow temperature from 2\.0 to 3\.0 °C/);
    const ids = [...xml.matchAll(/<id>([^<]+)<\/id>/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('links only to what is there', async () => {
    const xml = await textOf(await trail.get('/ski-trail/feed.atom?lang=en'));
    for (const [, href = ''] of xml.matchAll(/href="(https:\/\/data\.example\.org\/opendata\/[^"]*)"/g)) {
      const { pathname } = new URL(href);
      assert.equal((await trail.get(pathname.replace('/opendata', ''))).status, 200, href);
    }
  });

  it('takes any name of a place, as the chart does', async () => {
    trail.devices[1] = { ...SUMMIT, site: 'A & <b> ]]> \u0007\u000b \ud800 \u{1F600}' };
    for (const path of ['feed.atom', 'chart.svg']) {
      const xml = await textOf(await trail.get(`/ski-trail/${path}?lang=en`));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML has no room for
      assert.doesNotMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|<b>/);
      assert.match(xml, /A &amp;(amp;)? &(amp;)?lt;b/);
      assert.ok(xml.isWellFormed());
    }
    trail.devices[1] = SUMMIT;
  });

  it('says of sandbox values that they are', async () => {
    const real = trail.devices.splice(0, 2, { ...START, sandbox: true });
    const xml = await textOf(await trail.get('/ski-trail/feed.atom?lang=en'));
    assert.match(xml, /<title>\[Sandbox\] Ski trail<\/title>/);
    trail.devices.splice(0, 1, ...real);
  });
});
