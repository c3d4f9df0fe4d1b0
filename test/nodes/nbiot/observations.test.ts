import assert from 'node:assert/strict';
import { observationsOf } from '../../../nodes/nbiot/observations.ts';
import type { Sample } from '../../../nodes/nbiot/samples.ts';
import { signalIn } from '../../../nodes/nbiot/signal-strength.ts';
import { NOW, RECEIVED } from './town.ts';

const facts = {
  device: { id: 'bin', name: 'Bin', area: 'waste' } as const,
  raw: { payloadHex: '', codec: 'test', codecVersion: '0' },
  receivedTime: RECEIVED,
};
/** Value of each sample is its place in the message. */
const placed = (when: readonly Pick<Sample, 'time' | 'age'>[], network?: string) => {
  const samples = when.map((one, index) => ({
    values: { distance: index },
    decoded: {},
    unknownNames: [],
    ...one,
  }));
  const { observations, leftOut } = observationsOf(samples, network ? { ...facts, network } : facts);
  const times = observations.map(({ values, phenomenonTime, timeSource }) => [
    values.distance,
    phenomenonTime.slice(11, 19),
    timeSource,
  ]);
  return { times, leftOut, stored: observations.map(({ stored }) => stored) };
};

describe('times of the samples of a message', () => {
  it('are those of the device’s clock, oldest first', () => {
    const { times, stored } = placed([
      { time: NOW - 60 },
      { time: '2026-01-15 11:00:00' },
      { time: (NOW - 600) * 1000 },
    ]);
    assert.deepEqual(times, [
      [1, '11:00:00', 'device'],
      [2, '11:50:00', 'device'],
      [0, '11:59:00', 'device'],
    ]);
    assert.deepEqual(stored, [true, true, undefined]);
  });

  it('are counted from arrival, or from the platform’s clock, where the device says ages', () => {
    const ages = [{ age: 0 }, { age: 900 }, { age: 1800 }];
    assert.deepEqual(placed(ages).times, [
      [2, '11:30:00', 'arrival'],
      [1, '11:45:00', 'arrival'],
      [0, '12:00:00', 'arrival'],
    ]);
    assert.deepEqual(placed(ages, '2026-01-15T11:50:00.000Z').times[2], [0, '11:50:00', 'arrival']);
  });

  for (const [what, start] of [
    ['1970', 120],
    ['2000', Date.UTC(2000, 0, 1) / 1000],
    ['the year after', NOW + 365 * 86_400],
    ['an hour ahead', NOW + 3600],
  ] as const) {
    it(`keep their distance where the clock shows ${what}`, () => {
      assert.deepEqual(placed([{ time: start }, { time: start + 900 }, { time: start + 1800 }]).times, [
        [0, '11:30:00', 'arrival'],
        [1, '11:45:00', 'arrival'],
        [2, '12:00:00', 'arrival'],
      ]);
    });
  }

  it('are not made up: beside a clock that is right, one that was not set yet says nothing', () => {
    assert.deepEqual(placed([{ time: 300 }, { time: NOW - 900 }, { time: NOW }]), {
      times: [
        [1, '11:45:00', 'device'],
        [2, '12:00:00', 'device'],
      ],
      leftOut: 1,
      stored: [true, undefined],
    });
    assert.deepEqual(placed([{ age: -5 }, { age: 61 * 86_400 }, { age: Number.NaN }]), {
      times: [],
      leftOut: 3,
      stored: [],
    });
  });
});

describe('signal strength of a modem', () => {
  const model = (scale: 'csq' | 'dBm') => ({
    ...{ id: 'm', vendor: 'v', name: 'n', codec: 'm', mappings: [], interval: 60 },
    signal: { from: 'signal', scale },
  });

  it('is dBm where the scale is documented, and nothing where the modem does not know', () => {
    for (const [csq, dBm] of [
      [0, -113],
      [1, -111],
      [30, -53],
      [31, -51],
      [32, undefined],
      [99, undefined],
      [-1, undefined],
      [12.5, undefined],
    ])
      assert.equal(signalIn({ signal: csq }, model('csq')), dBm);
    assert.equal(signalIn({ signal: -97 }, model('dBm')), -97);
    assert.equal(signalIn({ signal: 97 }, model('dBm')), undefined);
    assert.equal(signalIn({ signal: '12' }, model('csq')), undefined);
  });
});
