import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LineChecker } from '../../../../nodes/anomaly/check-line.ts';
import { DAY, HOUR, MINUTE, randomNumbers, START } from '../series.ts';

/** Causes raised for one device's readings, and when, days since the beginning. */
function alarmsOf(quantity: string, readings: Iterable<[time: number, value: number]>) {
  const checker = new LineChecker({ language: 'en-US', timeZone: 'Europe/Oslo', sensitivity: 50 });
  const raised: { cause: string; day: number }[] = [];
  for (const [time, value] of readings) {
    const { alarms } = checker.check({
      device: 'a',
      quantity,
      time: new Date(time).toISOString(),
      value,
    } as never);
    for (const { state, cause } of alarms)
      if (state === 'raised') raised.push({ cause, day: Math.floor((time - START) / DAY) });
  }
  return raised;
}

describe('faults that come again', () => {
  it('a meter whose readings stand still again and again is called stuck each time', () => {
    function* readings(): Generator<[number, number]> {
      let meter = 1000;
      let shown = meter;
      for (let time = START; time < START + 120 * DAY; time += HOUR) {
        const hour = (time / HOUR) % 24;
        meter += hour > 6 && hour < 22 ? 1.2 : 0.3;
        const days = (time - START) / DAY;
        // A day and a half of every twenty, from the thirtieth on.
        if (days < 30 || days % 20 > 1.5) shown = meter;
        yield [time, Math.round(shown * 100) / 100];
      }
    }
    const stuck = alarmsOf('energy', readings()).filter(({ cause }) => cause === 'stuck');
    assert.deepEqual(
      stuck.map(({ day }) => day),
      [40, 60, 80, 100],
    );
  });

  it('a meter that water always runs through is called stuck within two days', () => {
    function* readings(): Generator<[number, number]> {
      let meter = 1000;
      for (let time = START; time < START + 40 * DAY; time += HOUR) {
        const hour = (time / HOUR) % 24;
        if (time < START + 30 * DAY) meter += hour > 6 && hour < 22 ? 1.2 : 0.2;
        yield [time, Math.round(meter * 1000) / 1000];
      }
    }
    const [first] = alarmsOf('water_volume', readings());
    assert.equal(first?.cause, 'stuck');
    assert.ok(first.day <= 31, `on day ${first.day}`);
  });

  it('the air of a school comes back to what it is outside when a holiday begins: no shift, no factor', () => {
    function* readings(): Generator<[number, number]> {
      const random = randomNumbers(1);
      let inside = 420;
      for (let time = START; time < START + 110 * DAY; time += 10 * MINUTE) {
        const day = Math.floor((time - START) / DAY);
        const hour = (time / HOUR) % 24;
        const school = day < 100 && day % 7 < 5 && hour > 8 && hour < 14.5;
        const pupils = 350 + 35 * ((day * 7) % 10);
        inside += ((school ? 418 + pupils : 418) - inside) * 0.17;
        yield [time, Math.round(inside + 8 * random())];
      }
    }
    const causes = alarmsOf('co2_concentration', readings()).map(({ cause }) => cause);
    assert.ok(!causes.includes('shift') && !causes.includes('scale'), causes.join(', '));
  });
});
