import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { bytesOf, openSkiTrail, type SkiTrail, START, SUMMIT, textOf } from './ski-trail.ts';

const TOP = { lat: 64.75, lon: 20.95 };

/** The ski trail with a place on the map, one without, and a value that failed a check. */
async function openMarked(): Promise<SkiTrail> {
  const trail = await openSkiTrail({ failed: 'mark', location: 'exact' });
  trail.devices.splice(0, 2, START, { ...SUMMIT, location: TOP });
  const tags = { device: 'ski-b', site: 'Toppen' };
  const fields = { snow_temperature: 85, snow_temperature_qc: 4, snow_humidity: 15, snow_humidity_qc: 1 };
  const time = Date.parse('2018-03-18T10:10:00Z');
  await trail.real.write([{ measurement: 'ski_trail', tags, fields, time }]);
  return trail;
}

describe('open-data formats', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openMarked();
  });
  after(() => trail.close());

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await trail.get(`/ski-trail/${path}`, headers);
    assert.equal(response.status, 200, path);
    return response;
  };

  it('marks what failed a check in every format, if the dataset says so', async () => {
    const csv: Record<string, string>[] = parse(await textOf(await get('data.csv')), { columns: true });
    const { rows } = JSON.parse(await textOf(await get('data.json')));
    for (const row of [csv.at(-1), rows.at(-1)]) {
      assert.deepEqual(
        { ...row, snow_temperature: Number(row.snow_temperature), snow_humidity: Number(row.snow_humidity) },
        {
          time: '2018-03-18T10:10:00.000Z',
          place: 'Toppen',
          snow_temperature: 85,
          snow_temperature_quality: row === rows.at(-1) ? 4 : '4',
          snow_humidity: 15,
          snow_humidity_quality: row === rows.at(-1) ? 1 : '1',
        },
      );
    }
  });

  it('opens in a Norwegian spreadsheet: byte order mark, semicolons, decimal commas, local time, headings', async () => {
    const response = await get('data.spreadsheet.csv?lang=nb');
    const text = await textOf(response);
    const [first, , , , , , , , , , , last] = text.split('\r\n');
    assert.equal(
      first,
      '\uFEFFTidspunkt (Europe/Stockholm);Sted;Snøtemperatur (°C);Snøtemperatur (°C), kvalitetsmerke;' +
        'Snøfuktighet (%);Snøfuktighet (%), kvalitetsmerke',
    );
    assert.equal(last, '2018-03-18 11:10:00;Toppen;85;4;15;1');
    assert.match(text, /;3,4;1;/);
    assert.match(response.headers['Content-Disposition'] ?? '', /filename="ski-trail\.spreadsheet\.csv"/);
  });

  it('opens in an English spreadsheet: commas, decimal points', async () => {
    const text = await textOf(await get('data.spreadsheet.csv?lang=en'));
    const rows: string[][] = parse(text, { bom: true });
    assert.deepEqual(rows[0]?.slice(0, 3), ['Time (Europe/Stockholm)', 'Place', 'Snow temperature (°C)']);
    assert.match(text, /,3\.4,1,/);
  });

  it('keeps a spreadsheet program from running a place name, and quotes what would break a line', async () => {
    const other = await openSkiTrail();
    other.devices.splice(0, 2, { ...START, site: '=1+1;"x",y' }, SUMMIT);
    const sheet = await textOf(await other.get('/ski-trail/data.spreadsheet.csv?lang=nb'));
    assert.match(sheet, /;"'=1\+1;""x"",y";/);
    const plain: Record<string, string>[] = parse(await textOf(await other.get('/ski-trail/data.csv')), {
      columns: true,
    });
    assert.equal(plain[0]?.place, '=1+1;"x",y');
    await other.close();
  });

  it('gives history and latest values as points, of places that may be on the map', async () => {
    const history = JSON.parse(await textOf(await get('data.geojson?limit=8')));
    assert.equal(history.type, 'FeatureCollection');
    assert.match(history.licence, /nlod/);
    assert.ok(history.features.length > 0);
    for (const { type, geometry, properties } of history.features) {
      assert.equal(type, 'Feature');
      assert.deepEqual(geometry, { type: 'Point', coordinates: [TOP.lon, TOP.lat] });
      assert.equal(properties.place, 'Toppen');
    }
    const next = JSON.parse(await textOf(await get(history.next)));
    assert.ok(next.features.length > 0);
    const latest = JSON.parse(await textOf(await get('latest.geojson')));
    assert.deepEqual(
      latest.features.map(({ id, geometry }: { id: string; geometry: object }) => [id, geometry]),
      [['toppen', { type: 'Point', coordinates: [TOP.lon, TOP.lat] }]],
    );
  });

  it('gives no location that the dataset withholds', async () => {
    const other = await openSkiTrail({ location: 'none' });
    other.devices.splice(0, 2, { ...START, location: TOP }, SUMMIT);
    for (const file of ['data.geojson', 'latest.geojson', 'latest.json']) {
      assert.doesNotMatch(await textOf(await other.get(`/ski-trail/${file}`)), /64\.75|20\.95/, file);
    }
    await other.close();
  });

  it('writes Parquet with its licence, its columns and the same rows as JSON', async () => {
    const bytes = await bytesOf(await get('data.parquet?lang=en'));
    const file = new Uint8Array(bytes).buffer;
    const rows = await parquetReadObjects({ file });
    const json = JSON.parse(await textOf(await get('data.json')));
    assert.deepEqual(
      rows.map((row) => ({ ...row, time: (row.time as Date).toISOString() })),
      json.rows,
    );
    const facts = new Map(parquetMetadata(file).key_value_metadata?.map(({ key, value }) => [key, value]));
    assert.match(facts.get('licence') ?? '', /nlod/);
    assert.equal(facts.get('title'), 'Ski trail');
    assert.equal(JSON.parse(facts.get('columns') ?? '')[2].unit, 'Cel');
  });

  it('gives the latest values as a table', async () => {
    const rows: Record<string, string>[] = parse(await textOf(await get('latest.csv')), { columns: true });
    assert.deepEqual(rows[0], {
      place: 'Start',
      snow_temperature: '3.4',
      snow_temperature_time: '2018-03-18T09:17:26.000Z',
      snow_humidity: '13',
      snow_humidity_time: '2018-03-18T09:17:26.000Z',
    });
  });

  it('says under which licence each file is', async () => {
    const files = [
      'data.csv',
      'data.spreadsheet.csv',
      'data.json',
      'data.geojson',
      'data.parquet',
      'latest.csv',
    ];
    for (const file of [...files, 'latest.json', 'latest.geojson', '2018/03/18.csv']) {
      assert.match(
        (await get(file)).headers.Link ?? '',
        /<https:\/\/data\.norge\.no\/nlod.*>; rel="license"/,
        file,
      );
    }
  });

  const periods: [path: string, rows: number][] = [
    ['2018', 11],
    ['2018/03', 11],
    ['2018/03/18', 11],
    ['2018/03/17', 0],
    ['2017', 0],
  ];
  for (const [path, count] of periods) {
    it(`has what was measured in ${path} at one address, whole, in every format`, async () => {
      const lines = (await textOf(await get(`${path}.csv`))).trim().split('\r\n');
      assert.equal(lines.length - 1, count);
      const { rows, next } = JSON.parse(await textOf(await get(`${path}.json`)));
      assert.deepEqual([rows.length, next], [count, null]);
      const parquet = new Uint8Array(await bytesOf(await get(`${path}.parquet`))).buffer;
      assert.equal((await parquetReadObjects({ file: parquet })).length, count);
      assert.ok((await get(`${path}.geojson`)) && (await get(`${path}.spreadsheet.csv`)));
    });
  }

  for (const path of [
    '2018/02/30',
    '2018/13',
    '2018/3/18',
    '2019',
    '2018/03/19',
    '2018/03/18/10',
    '18',
    '0000/00',
  ]) {
    it(`has no file of ${path}`, async () => {
      assert.equal((await trail.get(`/ski-trail/${path}.csv`)).status, 404);
      assert.equal((await trail.get(`/ski-trail/${path}.exe`)).status, 404);
    });
  }

  it('lets caches keep a day that is long over, and not one that may still change', async () => {
    const later = await openSkiTrail({}, Date.parse('2018-03-26T00:00:00Z'));
    const cache = async (path: string) => (await later.get(`/ski-trail/${path}`)).headers['Cache-Control'];
    assert.match((await cache('2018/03/18.csv')) ?? '', /immutable/);
    for (const path of ['2018/03/19.csv', '2018/03.csv', '2018.csv', 'data.csv']) {
      assert.doesNotMatch((await cache(path)) ?? '', /immutable/, path);
    }
    await later.close();
  });

  it('gives some places and quantities only, in the order asked for', async () => {
    const { rows } = JSON.parse(
      await textOf(await get('data.json?place=toppen&quantity=snow_humidity&order=descending&limit=2')),
    );
    assert.deepEqual(rows, [
      { time: '2018-03-18T10:10:00.000Z', place: 'Toppen', snow_humidity: 15, snow_humidity_quality: 1 },
      { time: '2018-03-18T10:08:36.000Z', place: 'Toppen', snow_humidity: 14, snow_humidity_quality: 1 },
    ]);
    const header = (await textOf(await get('data.csv?quantity=snow_humidity'))).split('\r\n')[0];
    assert.equal(header, 'time,place,snow_humidity,snow_humidity_quality');
  });

  for (const query of ['place=nope', 'quantity=rssi', 'quantity=', 'order=up', 'place=start,nope']) {
    it(`refuses ?${query} and says what there is`, async () => {
      const response = await trail.get(`/ski-trail/data.csv?${query}`, { 'accept-language': 'en' });
      assert.equal(response.status, 400);
      assert.match(await textOf(response), /may be: /);
    });
  }
});
