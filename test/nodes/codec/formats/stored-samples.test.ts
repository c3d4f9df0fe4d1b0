/** Stored samples of devices whose clock is not set, logs that do not add up, and formats written wrongly. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { faultOfFormat } from '../../../../nodes/codec/formats/format-fault.ts';
import { CodecError } from '../../../../nodes/observation/errors.ts';
import { decode } from '../built-in.ts';

const NDDS20 = 'f861275149031000 0084 0cf4 1e 01 00';
const NOW = '65501000';

/** A water meter at 1000 L; hours of its log are since 1970. */
function meter({ hour = 472_000, first = 900, step = 5 }): string {
  const bytes = Buffer.alloc(47);
  bytes.writeUInt32LE(hour * 3600 + 50_500, 0);
  bytes.writeUInt32LE(1000, 5);
  bytes.writeUInt32LE(hour * 3600, 11);
  bytes.writeUInt32LE(first, 15);
  for (let at = 19; at < 47; at += 2) bytes.writeUInt16LE(step, at);
  return bytes.toString('hex');
}

const isRefused = (error: unknown) => error instanceof CodecError;

describe('stored samples', () => {
  it('from before the clock was set are left out, with a warning; places never written are passed over', async () => {
    const output = await decode(
      'dragino-ndds20',
      0,
      `${NDDS20} 0039${NOW} 0040386d4380 0041${NOW} 000000000000 ffff00000000`,
    );
    const { samples } = output.data as { samples: unknown };
    assert.deepEqual(samples, [{ distance: 65, time: 0x65501000 }]);
    assert.deepEqual(output.warnings, ['1 stored samples left out: the clock was not set']);
  });

  it('that are cut off are refused', () => {
    assert.throws(() => decode('dragino-ndds20', 0, `${NDDS20} 0039${NOW} 0040`), isRefused);
    assert.throws(() => decode('milesight-em400-udl-nb', 0, `02${'00'.repeat(83)}0004 017564`), isRefused);
  });

  it("of a meter's log lead up to its reading, or the message is refused", async () => {
    const output = await decode('axioma-qalcosonic-w1', 0, meter({}));
    const { log } = output.data as { log: { time: number; volume: number }[] };
    assert.equal(log.length, 15);
    assert.deepEqual(log.at(-1), { time: 472_014 * 3600, volume: 970 });
    assert.throws(() => decode('axioma-qalcosonic-w1', 0, meter({ step: 50 })), isRefused);
    assert.throws(() => decode('axioma-qalcosonic-w1', 0, meter({ hour: 472_000.5 })), isRefused);
  });

  it('of a meter whose clock is not set are left out, and its reading is not', async () => {
    const { data, warnings } = await decode('axioma-qalcosonic-w1', 0, meter({ hour: 0 }));
    const { log, volume } = data as { log?: unknown; volume: number };
    assert.deepEqual([log, volume], [undefined, 1000]);
    assert.deepEqual(warnings, ['15 stored samples left out: the clock was not set']);
  });

  it('of Efento: faults of a sensor are gaps, samples without a clock are left out but for the newest', async () => {
    // Every 60 s from the time given: 10 + 1.5, 10 + 2, a fault, 10 degrees.
    const channel = '0801 10%s 20c801 2a07 1e 28 faffff07 00';
    const body = (since: string) => {
      const inner = Buffer.from(channel.replace('%s', since).replaceAll(' ', ''), 'hex');
      return `183c 22${inner.length.toString(16).padStart(2, '0')} ${inner.toString('hex')}`;
    };
    const { data } = await decode('efento-nb', 0, body('948cfefd05'));
    const times = (data as { time: number; temperature: number }[]).map(({ time, temperature }) => [
      time,
      temperature,
    ]);
    assert.deepEqual(times, [
      [1_606_387_220, 11.5],
      [1_606_387_280, 12],
      [1_606_387_400, 10],
    ]);
    const unset = await decode('efento-nb', 0, body('64'));
    assert.deepEqual(
      (unset.data as { temperature: number }[]).map(({ temperature }) => temperature),
      [10],
    );
    assert.deepEqual(unset.warnings, ['2 stored samples left out: the clock was not set']);
  });
});

describe('formats written wrongly', () => {
  it('are named by the place', () => {
    const rest = { kind: 'row', at: 4 };
    const frames = [{ length: 4, fields: [], rest }];
    assert.equal(faultOfFormat({ kind: 'fixed-frames', frames }), 'format.frames.0.rest.kind');
    assert.equal(faultOfFormat({ kind: 'document', encoding: 'xml' }), 'format.encoding');
  });
});
