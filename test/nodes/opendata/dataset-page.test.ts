import assert from 'node:assert/strict';
import { NOW, openSkiTrail, type SkiTrail, START, textOf } from './ski-trail.ts';

const DAY = 86_400_000;

describe('page for citizens', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail();
  });
  after(() => trail.close());

  const page = async (from: SkiTrail, lang = 'nb') => textOf(await from.get(`/ski-trail/?lang=${lang}`));
  const plain = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

  it('shows the two places now, with local time', async () => {
    const text = plain(await page(trail));
    assert.match(text, /Start Snø 3,4 °C, våt: klister Snøtemperatur 3,4 °C Snøfuktighet 13 % Målt 10:17/);
    assert.match(text, /Toppen Snø 3,0 °C, våt: klister Snøtemperatur 3,0 °C Snøfuktighet 14 % Målt 11:08/);
  });

  it('draws one chart per quantity that screen readers can read', async () => {
    const markup = await page(trail, 'en');
    assert.match(
      markup,
      /<title id="snow_temperature-wide-title">Snow temperature \(°C\), last two days<\/title>/,
    );
    assert.match(plain(markup), /Start: from 1\.5 °C to 3\.5 °C, last 3\.4 °C \(10:17\)/);
    assert.equal(markup.match(/<svg [^>]*role="img"/g)?.length, 4);
  });

  it('breaks the line where an uplink is missing for long, not for one', async () => {
    const other = await openSkiTrail();
    const lonely = { measurement: 'ski_trail', tags: { device: 'ski-b', site: 'Toppen' } };
    await other.real.write([{ ...lonely, fields: { snow_temperature: 1 }, time: NOW - 6 * 3_600_000 }]);
    const [svg = ''] = /<svg [^>]*role="img"[\s\S]*?<\/svg>/.exec(await page(other)) ?? [];
    const lines = [...svg.matchAll(/<path d="(M[^"]+)" stroke="var\(--series-(\d)/g)].map(
      ([, d = '']) => d.match(/M/g)?.length,
    );
    assert.deepEqual(lines.slice(-2), [1, 2]);
    await other.close();
  });

  it('has the values as a table, newest hour first', async () => {
    const [table = ''] = /<details>[\s\S]*?<\/details>/.exec(await page(trail)) ?? [];
    const cells = [...table.matchAll(/<tr><th scope="row">([^<]*)<\/th>(.*?)<\/tr>/g)].map(
      ([, hour = '', rest = '']) => `${hour} |${plain(rest)}`,
    );
    assert.deepEqual(cells, ['11:00 | 3,0 ', '10:00 | 3,4 2,5 ', '09:00 | 3,5 2,2 ', '08:00 | 1,5 ']);
  });

  it('marks stale values and places without any', async () => {
    const later = await openSkiTrail({}, NOW + DAY);
    later.devices.push({ ...START, id: 'ski-c', site: 'Dalen' });
    const text = await page(later, 'en');
    assert.match(plain(text), /Last measured yesterday 10:17/);
    assert.match(plain(text), /Dalen No measurement yet/);
    assert.equal(text.match(/class="stale"/g)?.length, 3);
    await later.close();
  });

  it('says why there is no chart when nothing was measured for two days', async () => {
    const later = await openSkiTrail({}, NOW + 3 * DAY);
    const markup = await page(later, 'en');
    assert.match(plain(markup), /Nothing was measured in the last two days/);
    assert.doesNotMatch(markup, /role="img"/);
    later.devices.length = 0;
    assert.doesNotMatch(plain(await page(later, 'en')), /Nothing was measured/);
    await later.close();
  });

  it('marks one quantity that stopped coming while the others go on', async () => {
    const other = await openSkiTrail({}, NOW + 6 * 3_600_000);
    await other.real.write([
      {
        measurement: 'ski_trail',
        tags: { device: 'ski-a', site: 'Start' },
        fields: { snow_humidity: 12 },
        time: NOW + 6 * 3_600_000,
      },
    ]);
    assert.match(
      plain(await page(other, 'en')),
      /Start Snow temperature · Last measured 10:17 3\.4 °C Snow moisture 12 % Measured 17:15/,
    );
    await other.close();
  });

  it('escapes what staff typed', async () => {
    const other = await openSkiTrail({ titleNb: '<script>alert(1)</script>', titleEn: 'x' });
    other.devices.push({ ...START, id: 'ski-a', site: '"><img src=x onerror=alert(1)>' });
    const markup = await page(other);
    assert.doesNotMatch(markup, /<script(?! type="application\/ld\+json">)|<img/);
    assert.equal(markup.match(/<\/script>/g)?.length, 1);
    await other.close();
  });

  it('stays below 100 kB with two days of readings every minute, and needs no script', async () => {
    const other = await openSkiTrail();
    const points = Array.from({ length: 2 * 1440 }, (_, minute) =>
      ['ski-a', 'ski-b'].map((device) => ({
        measurement: 'ski_trail',
        tags: { device, site: device },
        fields: { snow_temperature: Math.sin(minute / 50) * 5, snow_humidity: 13 + (minute % 7) },
        time: NOW - minute * 60_000,
      })),
    ).flat();
    await other.real.write(points);
    const markup = await page(other);
    assert.ok(Buffer.byteLength(markup) < 100_000, `${Buffer.byteLength(markup)} bytes`);
    assert.doesNotMatch(markup, /<script(?! type="application\/ld\+json")/);
    await other.close();
  });

  it('lists more than a dozen places as a table, without a chart', async () => {
    const other = await openSkiTrail();
    for (let number = 1; number <= 12; number++)
      other.devices.push({ ...START, id: `s-${number}`, site: `Post ${number}` });
    const markup = await page(other);
    assert.equal(markup.match(/<th scope="row">/g)?.length, 14);
    assert.doesNotMatch(markup, /role="img"/);
    await other.close();
  });
});
