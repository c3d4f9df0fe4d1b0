import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LineChecker } from '../../../../nodes/anomaly/check-line.ts';
import { DAY, HOUR, MINUTE, randomNumbers, START } from '../series.ts';

const SHIFTED = START + 40 * DAY;

/** Causes raised for a river gauge in the tide that is changed by `change` (m) from the fortieth day on. */
function causesOf(change: (hours: number) => number): string[] {
  const checker = new LineChecker({ language: 'en-US', timeZone: 'Europe/Oslo', sensitivity: 50 });
  const random = randomNumbers(7);
  const causes: string[] = [];
  for (let time = START; time < SHIFTED + 5 * DAY; time += 10 * MINUTE) {
    const tide = 0.3 * Math.cos((2 * Math.PI * time) / (12.42 * HOUR));
    const changed = time < SHIFTED ? 0 : change((time - SHIFTED) / HOUR);
    const value = Math.round(1000 * (1.5 + tide + 0.006 * random() + changed)) / 1000;
    const line = { device: 'gauge', quantity: 'water_level', time: new Date(time).toISOString(), value };
    for (const { state, cause } of checker.check(line).alarms) if (state === 'raised') causes.push(cause);
  }
  return causes;
}

describe('a jump that is held in mind', () => {
  it('is a shift if the mean of a day and two tides moved as far, though the tide brought values back', () => {
    assert.ok(causesOf(() => 0.35).includes('shift'));
  });

  it('is none if what jumped went down again by and by', () => {
    assert.ok(!causesOf((hours) => 0.6 * Math.exp(-hours / 4)).includes('shift'));
  });
});
