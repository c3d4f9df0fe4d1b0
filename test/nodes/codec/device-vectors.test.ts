import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { ModelCatalog } from '../../../nodes/codec/models.ts';

/** One published example, as shared/codec-vectors/README.md describes it. */
interface Vector {
  device: string;
  direction: 'decodeUplink' | 'encodeDownlink';
  fPort: number | null;
  bytesHex: string;
  data?: unknown;
  recvTime?: string;
  expected: { data?: unknown; warnings?: unknown[]; errors?: unknown[] };
}

/**
 * Examples that contradict the vendor's document, by device and payload, with what the document says. The README of
 * the examples asks for that.
 */
const WRONG_EXAMPLES: Readonly<Record<string, unknown>> = {
  // The last two bytes are a bit per region, the lowest is the first: 0x0002 is somebody in the second one only.
  'Milesight VS121 04c903030002': {
    data: {
      people_counter_all: 3,
      region_count: 3,
      regions: [
        { index: 0, count: 0 },
        { index: 1, count: 1 },
        { index: 2, count: 0 },
      ],
    },
  },
};

const catalog = ModelCatalog.open();

async function run({ device, direction, fPort, bytesHex, data, recvTime }: Vector): Promise<unknown> {
  const model = catalog.get(device);
  assert.ok(model, `no model is called ${device}`);
  const codec = catalog.codecFor(model);
  if (direction === 'encodeDownlink') return codec.encodeDownlink(data);
  const input = { fPort: fPort ?? 1, bytes: Buffer.from(bytesHex, 'hex') };
  return codec.decodeUplink({ ...input, recvTime: new Date(recvTime ?? '2025-01-01') });
}

/** An empty list of errors or warnings means the same as none. */
function meaningOf({ errors = [], warnings = [], ...output }: Vector['expected']): unknown {
  return {
    ...output,
    ...(errors.length === 0 ? {} : { errors }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

const vectors = readFileSync(
  new URL('../../../../shared/codec-vectors/vectors.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

describe('published examples', () => {
  it('are of 45 devices', () => {
    assert.equal(new Set(vectors.map(({ device }) => device)).size, 45);
  });

  for (const [device, examples] of Map.groupBy(vectors, (vector) => vector.device)) {
    describe(device, () => {
      for (const vector of examples) {
        const title = vector.bytesHex ?? JSON.stringify(vector.data);
        it(title, async () => {
          const output = (await run(vector)) as Vector['expected'];
          const expected = WRONG_EXAMPLES[`${device} ${title}`] ?? meaningOf(vector.expected);
          assert.deepEqual(meaningOf(output), expected);
        });
      }
    });
  }
});
