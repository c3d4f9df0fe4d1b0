import assert from 'node:assert/strict';
import { explain } from '../../../nodes/anomaly/explain.ts';
import type { Reason } from '../../../nodes/anomaly/streaming-detector.ts';
import { START } from './series.ts';

/** 12 °C where 10 °C is usual, after 11 °C an hour ago. */
const REASON: Reason = {
  cause: 'residual',
  usual: 10,
  rhythm: 'day',
  level: 9,
  last: 11,
  hoursSinceLast: 1,
  meanDeviation: 2,
  meanHours: 8,
};

describe('explanation of an unusual value', () => {
  const sentence = (part: Partial<Reason>, value = 12): string => {
    const reason = { ...REASON, ...part };
    const unusual = { quantity: 'water_temperature', place: 'Pier', time: START, value, reason } as const;
    return explain(unusual, 'en-US', 'UTC');
  };

  const cases: [what: string, part: Partial<Reason>, value: number, sentence: RegExp][] = [
    ['the distance from what is usual', {}, 12, /is 2 °C above what is normal at 00:00$/],
    ['the weekday once it is known', { rhythm: 'week' }, 8, /is 2 °C below what is normal for a \w+day at/],
    ['the usual level while no rhythm is known', { rhythm: 'nothing' }, 12, /is 3 °C above its usual level$/],
    ['a leap, if that is larger', { last: 4 }, 12, /rose by 8 °C to 12 °C in 60 minutes, faster/],
    ['a drop, if that is larger', { last: 20, hoursSinceLast: 3 }, 12, /fell by 8 °C to 12 °C in 3 hours/],
    ['what lasts, if this value is ordinary', { cause: 'longMean' }, 10.1, /been 2 °C above .* for 8 hours$/],
    ['a record', { cause: 'extreme' }, 12, /is 12 °C, the highest since/],
  ];
  for (const [what, part, value, expected] of cases) {
    it(`tells ${what}`, () => assert.match(sentence(part, value), expected));
  }
});
