import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { choosePhenomenonTime, isAhead, parseTime, plainUtc } from '../../../nodes/observation/time.ts';

const received = '2026-03-18T10:17:30.000Z';
const chosen = (clocks: Omit<Parameters<typeof choosePhenomenonTime>[0], 'received'>): [string, string] => {
  const { phenomenonTime, timeSource } = choosePhenomenonTime({ ...clocks, received });
  return [phenomenonTime, timeSource];
};

/** What a time looks like that is read without Date. */
const PLAIN = /^(?!00)\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}\d*Z$/;

/** Date takes a 31st of February for one of March. */
function isPlain(text: string): boolean {
  const day = text.slice(0, 10);
  const time = Date.parse(day);
  return PLAIN.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** Times as servers write them, and texts that are nearly one: a character more, fewer or another. */
const timeTexts = fc
  .tuple(
    fc.date({
      min: new Date('0100-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    }),
    fc.constantFrom('', '1', '123456'),
    fc.option(
      fc.tuple(fc.nat(30), fc.constantFrom('', '0', '5', '9', '-', ':', '.', 'T', 'Z', ' ', 'é'), fc.nat(1)),
    ),
  )
  .map(([date, digits, change]) => {
    const text = date.toISOString().replace('Z', `${digits}Z`);
    if (!change) return text;
    const [at, insert, removed] = change;
    return text.slice(0, at) + insert + text.slice(at + removed);
  });

describe('time rules', () => {
  it('reads times without Date as with it, and knows which it can', () => {
    fc.assert(
      fc.property(timeTexts, (text) => {
        const plain = isPlain(text) ? `${text.slice(0, 23)}Z` : undefined;
        assert.equal(parseTime(text), Date.parse(plain ?? text));
        assert.equal(plainUtc(text), plain);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes the device clock first, then the gateway, the network server and arrival', () => {
    const device = '2026-03-18T10:15:00Z';
    const gateway = '2026-03-18T10:17:25Z';
    const network = '2026-03-18T10:17:26Z';
    assert.deepEqual(chosen({ device, gateway, network }), ['2026-03-18T10:15:00.000Z', 'device']);
    assert.deepEqual(chosen({ gateway, network }), ['2026-03-18T10:17:25.000Z', 'gateway']);
    assert.deepEqual(chosen({ network }), ['2026-03-18T10:17:26.000Z', 'arrival']);
    assert.deepEqual(chosen({}), [received, 'arrival']);
  });

  for (const unset of [
    '0001-01-01T00:00:00Z',
    '1970-01-01T00:00:07Z',
    '1980-01-21T23:17:20.234Z',
    '2000-01-01T00:00:00Z',
    '2472-08-05T00:00:00Z',
    '2106-02-07T06:28:15Z',
    'not a time',
    '1',
  ]) {
    it(`does not believe a clock that says ${unset}`, () => {
      assert.deepEqual(chosen({ device: unset, gateway: unset, network: unset }), [received, 'arrival']);
    });
  }

  it('does not believe numbers that are no time', () => {
    for (const device of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 4_294_967_295, 1e300]) {
      assert.deepEqual(chosen({ device }), [received, 'arrival']);
    }
  });

  it('accepts a clock that is a few minutes ahead, not more', () => {
    assert.equal(chosen({ device: '2026-03-18T10:22:00Z' })[1], 'device');
    assert.equal(chosen({ device: '2026-03-18T10:23:00Z' })[1], 'arrival');
  });

  it('accepts stored readings of the last sixty days', () => {
    assert.equal(chosen({ device: '2026-01-18T10:18:00Z' })[1], 'device');
    assert.equal(chosen({ device: '2026-01-10T10:18:00Z' })[1], 'arrival');
  });

  it('compares with the network server when a message was kept for long', () => {
    const network = '2023-03-01T00:00:10Z';
    assert.deepEqual(chosen({ device: '2023-03-01T00:00:00Z', network }), [
      '2023-03-01T00:00:00.000Z',
      'device',
    ]);
    assert.deepEqual(chosen({ gateway: '2021-01-01T00:00:00Z', network }), [
      '2023-03-01T00:00:10.000Z',
      'arrival',
    ]);
  });

  it('reads seconds, milliseconds, nanoseconds and times without a zone', () => {
    const expected = ['2026-03-18T10:15:00.000Z', 'device'];
    assert.deepEqual(chosen({ device: 1_773_828_900 }), expected);
    assert.deepEqual(chosen({ device: 1_773_828_900_000 }), expected);
    assert.deepEqual(chosen({ device: new Date('2026-03-18T10:15:00Z') }), expected);
    assert.deepEqual(chosen({ device: '2026-03-18 10:15:00' }), expected);
    assert.deepEqual(chosen({ device: '2026-03-18T11:15:00.000000999+01:00' }), expected);
  });

  it('trusts a device when the clock of this machine is not set', () => {
    const time = choosePhenomenonTime({ device: '2026-03-18T10:15:00Z', received: '1970-01-01T00:01:00Z' });
    assert.deepEqual(time, { phenomenonTime: '2026-03-18T10:15:00.000Z', timeSource: 'device' });
  });

  it('finds the plausible time of the real message whose network server said 1980', () => {
    const lines = readFileSync(
      new URL('../../../../shared/network-messages/chirpstack-v4.jsonl', import.meta.url),
      'utf8',
    );
    const samples = lines
      .split('\n')
      .flatMap((line) => (line.includes('"plausibleTime"') ? [JSON.parse(line)] : []));
    assert.ok(samples.length > 0);
    for (const { body, expect } of samples) {
      const { phenomenonTime } = choosePhenomenonTime({
        gateway: body.rxInfo[0].time,
        network: body.time,
        received: new Date(),
      });
      assert.equal(phenomenonTime, expect.plausibleTime);
    }
  });
});

describe('the newest time of a series', () => {
  const HOUR = 3_600_000;

  it('is ahead if it is more than a day after a later arrival', () => {
    const arrival = Date.parse(received);
    assert.ok(!isAhead(arrival - HOUR, received));
    assert.ok(!isAhead(arrival + 23 * HOUR, received), 'a message may be taken up again after a crash');
    assert.ok(isAhead(arrival + 25 * HOUR, received));
  });
});
