import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import { NOW, openSkiTrail, readings, type SkiTrail, START, SUMMIT, textOf } from './ski-trail.ts';

interface JsonFile {
  sandbox: boolean;
  notice?: string;
  columns: { name: string; unit?: string }[];
  rows: Record<string, unknown>[];
  next: string | null;
}

describe('open-data files', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail();
  });
  after(() => trail.close());

  const json = async (path: string) => JSON.parse(await textOf(await trail.get(path))) as JsonFile;

  it('gives all ten real readings as CSV, oldest first, with nothing an engineer needs', async () => {
    const response = await trail.get('/ski-trail/data.csv');
    const text = await textOf(response);
    assert.equal(text.split('\r\n')[0], 'time,place,snow_temperature,snow_humidity');
    const rows: Record<string, string>[] = parse(text, { columns: true, record_delimiter: '\r\n' });
    const expected = readings()
      .sort((a, b) => a.time - b.time)
      .map(({ time, tags, fields }) => ({
        time: new Date(time).toISOString(),
        place: tags.site,
        snow_temperature: String(fields.snow_temperature),
        snow_humidity: String(fields.snow_humidity),
      }));
    assert.deepEqual(rows, expected);
    assert.match(response.headers['Content-Disposition'] ?? '', /filename="ski-trail\.csv"/);
    assert.match(response.headers.Link ?? '', /<data\.csv-metadata\.json>; rel="describedby"/);
  });

  it('names unit and type of each CSV column in its metadata', async () => {
    const metadata = JSON.parse(await textOf(await trail.get('/ski-trail/data.csv-metadata.json')));
    const units = metadata.tableSchema.columns.map((column: Record<string, unknown>) => [
      column.name,
      column['schema:unitText'],
    ]);
    assert.deepEqual(units, [
      ['time', undefined],
      ['place', undefined],
      ['snow_temperature', 'Cel'],
      ['snow_humidity', '%'],
    ]);
  });

  for (const limit of [1, 3, 4, 9, 10]) {
    it(`pages through everything exactly once, ${limit} at a time`, async () => {
      const seen: unknown[] = [];
      let path: string | null = `data.json?limit=${limit}`;
      while (path) {
        const page: JsonFile = await json(`/ski-trail/${path}`);
        assert.ok(page.rows.length <= limit);
        seen.push(...page.rows);
        path = page.next;
      }
      assert.deepEqual(seen, (await json('/ski-trail/data.json')).rows);
      assert.equal(seen.length, 10);
    });
  }

  it('pages through readings of one and the same moment', async () => {
    const other = await openSkiTrail();
    const time = NOW;
    await other.real.write(
      ['ski-a', 'ski-b'].map((device) => ({
        measurement: 'ski_trail',
        tags: { device, site: device },
        fields: { snow_temperature: 1 },
        time,
      })),
    );
    const first = JSON.parse(await textOf(await other.get('/ski-trail/data.json?limit=11'))) as JsonFile;
    const second = JSON.parse(await textOf(await other.get(`/ski-trail/${first.next}`))) as JsonFile;
    assert.deepEqual([...first.rows.slice(10), ...second.rows].map(({ place }) => place).sort(), [
      'Start',
      'Toppen',
    ]);
    assert.equal(second.next, null);
    await other.close();
  });

  it('keeps to the time range', async () => {
    const { rows } = await json('/ski-trail/data.json?from=2018-03-18T09:00:00Z&to=2018-03-18T10:08:36Z');
    assert.deepEqual(
      rows.map(({ time }) => time),
      ['2018-03-18T09:08:36.000Z', '2018-03-18T09:17:26.000Z', '2018-03-18T09:28:36.000Z'],
    );
  });

  it('gives per place the newest value with its own time', async () => {
    const latest = JSON.parse(await textOf(await trail.get('/ski-trail/latest.json')));
    assert.deepEqual(latest.places[1], {
      id: 'toppen',
      place: 'Toppen',
      values: {
        snow_temperature: { value: 3, time: '2018-03-18T10:08:36.000Z' },
        snow_humidity: { value: 14, time: '2018-03-18T10:08:36.000Z' },
      },
    });
  });

  it('takes the newest values of a device that was moved, whatever its older series says', async () => {
    const moved = await openSkiTrail();
    const at = (site: string, time: number, temperature: number) => ({
      measurement: 'ski_trail',
      tags: { device: 'ski-a', site },
      fields: { snow_temperature: temperature, snow_temperature_qc: 1 },
      time,
    });
    await moved.real.write([at('Lysløypa', NOW, -2.5), at('Garasjen', NOW - 1000, 12)]);
    const { places } = JSON.parse(await textOf(await moved.get('/ski-trail/latest.json')));
    assert.equal(places[0].values.snow_temperature.value, -2.5);
    await moved.close();
  });

  it('falls back to the newest good value when the newest failed a check', async () => {
    const other = await openSkiTrail();
    await other.real.write([
      {
        measurement: 'ski_trail',
        tags: { device: 'ski-a', site: 'Start' },
        fields: { snow_temperature: 85, snow_temperature_qc: 4, snow_humidity: 15, snow_humidity_qc: 1 },
        time: NOW,
      },
    ]);
    const { places } = JSON.parse(await textOf(await other.get('/ski-trail/latest.json')));
    assert.deepEqual(places[0].values.snow_temperature, { value: 3.4, time: '2018-03-18T09:17:26.000Z' });
    assert.equal(places[0].values.snow_humidity.value, 15);
    assert.doesNotMatch(await textOf(await other.get('/ski-trail/data.csv')), /85/);
    await other.close();
  });

  it('never repeats a DevEUI, a device id, battery or radio values in any answer', async () => {
    const paths = ['', 'data.csv', 'data.json', 'latest.json', 'data.csv-metadata.json'].map(
      (file) => `/ski-trail/${file}`,
    );
    for (const path of [...paths, '/', '/catalog.ttl', '/catalog.jsonld']) {
      const text = await textOf(await trail.get(path));
      assert.doesNotMatch(text, /70b3d5499a2b|ski-[ab]\b|rssi|battery|3\.4(08|03|0)\b|-108/i, path);
    }
  });

  it('marks sandbox data in the file name, the JSON and the page, and stops when a real device comes', async () => {
    const other = await openSkiTrail();
    await other.sandbox.write(readings().slice(0, 1));
    const [a, b] = [START, SUMMIT].map((device) => ({ ...device, sandbox: true as const }));
    if (a && b) other.devices.splice(0, 2, a, b);
    const csv = await other.get('/ski-trail/data.csv');
    assert.match(csv.headers['Content-Disposition'] ?? '', /filename="ski-trail-sandbox\.csv"/);
    assert.equal((await textOf(csv)).trim().split('\r\n').length, 2);
    const file = JSON.parse(await textOf(await other.get('/ski-trail/data.json'))) as JsonFile;
    assert.equal(file.sandbox, true);
    assert.ok(file.notice);
    const page = await textOf(await other.get('/ski-trail/?lang=en'));
    assert.match(page, /<title>\[Sandbox\] Ski trail/);
    assert.match(page, /class="notice"/);
    assert.match(await textOf(await other.get('/catalog.ttl')), /"\[Sandbox\] Ski trail"@en/);
    other.devices.push({ ...START, id: 'ski-c' });
    assert.doesNotMatch(await textOf(await other.get('/ski-trail/?lang=en')), /Sandbox/);
    await other.close();
  });

  it('says that the database is away before anything was sent', async () => {
    const other = await openSkiTrail();
    Object.assign(other.sources, {
      store: () => {
        throw new ConnectionError({
          key: 'opendata.request.unavailable',
          parameters: { secret: 'http://db:8086' },
        });
      },
    });
    for (const file of ['', 'data.csv', 'data.json', 'latest.json']) {
      const response = await other.get(`/ski-trail/${file}`, { accept: 'application/json' });
      assert.equal(response.status, 503, file);
      assert.doesNotMatch(await textOf(response), /8086/);
    }
    await other.close();
  });
});
