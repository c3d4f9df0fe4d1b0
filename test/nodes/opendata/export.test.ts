import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { parquetReadObjects } from 'hyparquet';
import { exportDataset, exportQuery, type FilePieces } from '../../../nodes/opendata/export.ts';
import { openSkiTrail, readings, type SkiTrail } from './ski-trail.ts';

async function whole(pieces: FilePieces): Promise<Buffer> {
  return Buffer.concat((await Readable.from(pieces).toArray()).map((piece) => Buffer.from(piece)));
}

describe('export', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail();
  });
  after(() => trail.close());

  const parquet = async (buffer: Buffer) => {
    const file = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength) as ArrayBuffer;
    return parquetReadObjects({ file });
  };

  it('writes a dataset as Parquet with times, text and numbers', async () => {
    const rows = await parquet(await whole(exportDataset(trail.dataset, trail.sources, {}, 'parquet')));
    assert.equal(rows.length, 10);
    assert.deepEqual(rows.at(-1), {
      time: new Date('2018-03-18T10:08:36Z'),
      place: 'Toppen',
      snow_temperature: 3,
      snow_humidity: 14,
    });
  });

  it('writes the same rows as CSV and JSON', async () => {
    const csv = (await whole(exportDataset(trail.dataset, trail.sources, {}, 'csv'))).toString();
    const json = JSON.parse(
      (await whole(exportDataset(trail.dataset, trail.sources, {}, 'json'))).toString(),
    );
    const lines = csv.trim().split('\r\n').slice(1);
    assert.deepEqual(
      json.map((row: Record<string, unknown>) => Object.values(row).join(',')),
      lines,
    );
  });

  it('writes an empty range as a file with columns only', async () => {
    const range = { from: Date.parse('2030-01-01') };
    assert.equal(
      (await whole(exportDataset(trail.dataset, trail.sources, range, 'csv'))).toString(),
      'time,place,snow_temperature,snow_humidity\r\n',
    );
    const json = await whole(exportDataset(trail.dataset, trail.sources, range, 'json'));
    assert.deepEqual(JSON.parse(json.toString()), []);
    assert.deepEqual(
      await parquet(await whole(exportDataset(trail.dataset, trail.sources, range, 'parquet'))),
      [],
    );
  });

  it('writes a query for staff with tags, flags and empty cells', async () => {
    await trail.real.write([
      {
        measurement: 'ski_trail',
        tags: { device: 'ski-a', site: 'Start, "øvre"' },
        fields: { snow_humidity: 9 },
        time: 0,
      },
    ]);
    const query = {
      measurement: 'ski_trail',
      fields: ['snow_temperature', 'snow_humidity_qc', 'snow_humidity'],
      limit: 2,
      order: 'ascending' as const,
    };
    const csv = (await whole(exportQuery(trail.real, query, 'csv'))).toString();
    const oldest = readings().sort((a, b) => a.time - b.time)[0];
    assert.equal(
      csv,
      'time,device,site,snow_temperature,snow_humidity_qc,snow_humidity\r\n' +
        '1970-01-01T00:00:00.000Z,ski-a,"Start, ""øvre""",,,9\r\n' +
        `2018-03-18T07:57:27.000Z,ski-a,Start,${oldest?.fields.snow_temperature},1,13\r\n`,
    );
    const [row] = await parquet(await whole(exportQuery(trail.real, query, 'parquet')));
    assert.equal(row?.snow_temperature, null);
  });
});
