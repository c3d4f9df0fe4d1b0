import assert from 'node:assert/strict';
import type { DecodeResult } from '../../../nodes/lorawan/decode-node.ts';
import { FlowDecoder } from '../../../nodes/lorawan/flow-decoder.ts';
import { splitMessages } from '../../../nodes/lorawan/network-server.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import type { JournalResult, SettleDetail } from '../../../nodes/persistence/journal.ts';
import { observation } from '../../support/observations.ts';

describe('decoding of a list of messages', () => {
  const intake = { journalId: '7', receivedTime: '2026-01-01T00:00:00.000Z', transport: 'webhook' };
  let verdicts: [id: string, JournalResult, SettleDetail | undefined][];

  /** A payload of numbers: each becomes so many readings; a text fails. */
  function decode(payload: unknown) {
    const decoder = {
      split: splitMessages,
      decode: async (single: unknown): Promise<DecodeResult> => {
        if (typeof single !== 'number') throw new MessageError({ key: 'lorawan.error.notJson' });
        return { observations: Array.from({ length: single }, (_, index) => observation(index, {})) };
      },
    };
    verdicts = [];
    const settle = (id: string, result: JournalResult, detail?: SettleDetail) =>
      void verdicts.push([id, result, detail]);
    return new FlowDecoder(decoder, { settle }).decode({ payload, intake });
  }

  it('rejects the part that failed beside the readings of the others', async () => {
    const { readings, problem } = await decode([1, 'broken', 2]);
    assert.ok(problem instanceof MessageError);
    assert.deepEqual(
      readings.map((reading) => [reading.intake?.part, reading.parts]),
      [0, 1, 2].map((index) => [
        { index, count: 4 },
        { id: '7', index, count: 3 },
      ]),
    );
    const parts = { index: 3, count: 4 };
    assert.deepEqual(verdicts, [
      ['7', 'rejected', { reasonKey: 'lorawan.error.notJson', parameters: {}, parts }],
    ]);
  });

  it('counts a message that stands in the list twice once', async () => {
    assert.equal((await decode([2, 2, 1])).readings.length, 3);
  });

  it('leaves the verdict on readings to the database', async () => {
    const { readings } = await decode([1]);
    assert.equal(readings[0]?.intake?.part, undefined);
    assert.deepEqual(verdicts, []);
  });

  it('drops an empty list', async () => {
    assert.deepEqual((await decode([])).readings, []);
    assert.deepEqual(verdicts, [['7', 'dropped', undefined]]);
  });

  it('rejects the message as a whole if nothing came of it', async () => {
    await decode(['broken', 'broken too']);
    assert.deepEqual(verdicts, [['7', 'rejected', { reasonKey: 'lorawan.error.notJson', parameters: {} }]]);
  });
});
