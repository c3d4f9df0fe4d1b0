import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { POINT_FORMAT } from '../../../nodes/timeseries/point-format.ts';
import { type Point, PointsRefusedError } from '../../../nodes/timeseries/store.ts';
import { Writer, type WriterOptions } from '../../../nodes/timeseries/writer.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/servers.ts';

const POINT: Point = { measurement: 'waste', tags: { device: 'bin' }, fields: { fill_level: 1 }, time: 1000 };

describe('Writer', () => {
  let path: string;
  let folder: DataFolder;
  beforeEach(async () => {
    path = await tempFolder();
    folder = openDataFolder(path);
  });
  afterEach(async () => {
    folder.release();
    await rm(path, { recursive: true });
  });

  const outbox = () => folder.outbox<Point[]>('test', POINT_FORMAT);
  const writer = (write: WriterOptions['store']['write']) =>
    new Writer({ store: { write }, outbox: outbox(), onProgress: () => undefined });

  it('ends within seconds although the database hangs; what that confirms afterwards is written again', async () => {
    const answer = Promise.withResolvers<void>();
    let asked = false;
    const hanging = writer(() => {
      asked = true;
      return answer.promise;
    });
    outbox().append([POINT]);
    await eventually(() => assert.ok(asked));
    const start = performance.now();
    await hanging.close();
    assert.ok(performance.now() - start < 4000, `${performance.now() - start} ms`);
    answer.resolve();
    await answer.promise;
    assert.equal(outbox().size, 1);

    const written: (readonly Point[])[] = [];
    const next = writer(async (points) => void written.push(points));
    await eventually(() => assert.equal(outbox().size, 0));
    assert.deepEqual(
      written.map((points) => points.map(({ time }) => time)),
      [[1000]],
    );
    await next.close();
  });

  it('sends no text that is not line protocol, which some databases pass over in silence', async () => {
    const texts: string[] = [];
    const taken: Point[] = [];
    const bad = { ...POINT, fields: { fill_level: Number.NaN } };
    const store: WriterOptions['store'] = {
      writeText: async (lines) => texts.push(lines) > 0,
      write: async (points) => {
        taken.push(...points.filter(({ fields }) => fields.fill_level === 1));
        const refused = points.filter(({ fields }) => fields.fill_level !== 1);
        throw new PointsRefusedError(refused.map((point) => ({ point, reason: 'no number' })));
      },
    };
    outbox().append([POINT, bad]);
    const both = new Writer({ store, outbox: outbox(), onProgress: () => undefined });
    await eventually(() => assert.equal(outbox().size, 0));
    assert.deepEqual(texts, []);
    assert.equal(taken.length, 1);
    assert.equal(outbox().deadLetterCount, 1);
    outbox().append([POINT]);
    await eventually(() => assert.equal(outbox().size, 0));
    assert.equal(texts.length, 1);
    await both.close();
  });
});
