/** Readings from a device's memory on their way from the message to the alarm: decode, check, detect, alarm. */
import assert from 'node:assert/strict';
import { type AlarmEvent, type AlarmRule, AlarmWatch } from '../../../nodes/alarm/alarm.ts';
import { AnomalyDetector } from '../../../nodes/anomaly/anomaly-detector.ts';
import { QualityChecker } from '../../../nodes/quality/quality-check.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { datagram, Town } from '../nbiot/town.ts';

const HOUR = 3600;
const START = Date.UTC(2026, 0, 5) / 1000;
const RULE: AlarmRule = {
  id: 'rule-1',
  name: 'High water',
  quantity: 'water_level',
  condition: 'above',
  limit: 3,
  hysteresis: 0.2,
  delay: 0,
  severity: 'critical',
  flagged: true,
};

/** The chain of a flow; `receive` gives the alarms of a message with the levels of some hours (of now, and before). */
class Chain {
  readonly #town = new Town();
  readonly #state = new MemoryState();
  readonly #checker = new QualityChecker({ state: this.#state });
  readonly #detector = new AnomalyDetector({
    state: this.#state,
    language: 'en-US',
    timeZone: 'UTC',
    sensitivity: 50,
  });
  readonly #watch: AlarmWatch;

  constructor(rule: Partial<AlarmRule> = {}) {
    this.#watch = new AlarmWatch(this.#state, { ...RULE, ...rule }, 'en-US');
  }

  /** `now` in seconds since 1970; levels by how many hours ago they were measured. */
  async receive(now: number, levels: Readonly<Record<number, number>>): Promise<AlarmEvent[]> {
    const pack = Object.entries(levels).map(([hours, v]) => ({
      ...{ n: 'water_level', u: 'm', v },
      t: now - Number(hours) * HOUR,
    }));
    const receivedTime = new Date(now * 1000).toISOString();
    const message = datagram(pack, { endpoint: 'level-1', contentFormat: 110, transport: 'coap' });
    const readings = await this.#town.decode(message, { receivedTime });
    assert.equal(readings.length, pack.length);
    return readings.flatMap((reading) => {
      const checked = this.#checker.checked(reading);
      const anomalies = this.#detector.detect(checked);
      return this.#watch.watch({ ...checked, anomalies }) ?? [];
    });
  }

  /** Four weeks of ordinary hours. */
  async learn(): Promise<number> {
    const hours = 28 * 24;
    for (let hour = 0; hour < hours; hour++) {
      const wave = 0.1 * Math.sin((2 * Math.PI * hour) / 24) + 0.02 * Math.sin(hour * 7.3);
      assert.deepEqual(await this.receive(START + hour * HOUR, { 0: 1 + wave }), []);
    }
    return START + hours * HOUR;
  }
}

const brief = (events: readonly AlarmEvent[]) => events.map(({ state, time }) => [state, time.slice(0, 16)]);

describe('alarms and readings from a device’s memory', () => {
  it('are not raised by what is over', async () => {
    const chain = new Chain();
    assert.deepEqual(await chain.receive(START, { 0: 1 }), []);
    // Flooded yesterday, two hours ago and an hour ago; not now.
    assert.deepEqual(await chain.receive(START + 30 * HOUR, { 25: 4, 2: 4, 1: 3.5, 0: 1 }), []);
  });

  it('are raised once by what is so now, and know since when', async () => {
    const chain = new Chain({ delay: 90 });
    assert.deepEqual(brief(await chain.receive(START + 30 * HOUR, { 2: 4, 1: 4, 0: 4 })), [
      ['raised', '2026-01-06T06:00'],
    ]);
    const patient = new Chain({ delay: 90 });
    assert.deepEqual(await patient.receive(START + 30 * HOUR, { 2: 1, 1: 4, 0: 4 }), []);
    assert.deepEqual(brief(await patient.receive(START + 31 * HOUR, { 0: 4 })), [
      ['raised', '2026-01-06T07:00'],
    ]);
  });

  it('are not cleared and raised again by a message that goes through both', async () => {
    const chain = new Chain();
    assert.equal((await chain.receive(START, { 0: 4 })).length, 1);
    assert.deepEqual(await chain.receive(START + 3 * HOUR, { 2: 1, 1: 1, 0: 4 }), []);
    assert.deepEqual(brief(await chain.receive(START + 6 * HOUR, { 2: 4, 1: 4, 0: 1 })), [
      ['cleared', '2026-01-05T06:00'],
    ]);
  });

  it('are not raised by history that comes behind newer readings', async () => {
    const chain = new Chain();
    await chain.receive(START + 12 * HOUR, { 0: 1 });
    assert.deepEqual(await chain.receive(START + 12.5 * HOUR, { 4: 4, 3: 4, 2: 4 }), []);
    assert.deepEqual(await chain.receive(START + 100 * HOUR, { 80: 4, 70: 4, 60: 4 }), []);
  });

  it('are not raised by what was unusual and is over; by what still is they are, with the reason', async () => {
    const past = new Chain({ condition: 'anomaly' });
    const end = await past.learn();
    assert.deepEqual(await past.receive(end + 3 * HOUR, { 3: 1, 2: 2.6, 1: 1.05, 0: 1.07 }), []);
    const present = new Chain({ condition: 'anomaly' });
    await present.learn();
    const events = await present.receive(end + 3 * HOUR, { 3: 1, 2: 2.6, 1: 2.62, 0: 2.64 });
    assert.deepEqual(brief(events), [
      ['raised', new Date((end + 3 * HOUR) * 1000).toISOString().slice(0, 16)],
    ]);
    assert.match(events[0]?.sentence ?? '', /water level/i);
  });
});
