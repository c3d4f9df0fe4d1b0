/**
 * Municipal fault benchmark: synthetic years of towns through the classes of `byflyt check`, scored per event.
 * `npm run bench:faults -- [--seeds 4] [--verbose] [--tune]`. Limits were chosen with the seeds, climates
 * and fault sizes of `--tune`; without it, others are reported, which were looked at during the work as well.
 */
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import { LineChecker } from '../nodes/anomaly/check-line.ts';
import { CLIMATES } from './faults-climates.ts';
import { inject } from './faults-injection.ts';
import { type Raised, Score } from './faults-score.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    tune: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '4' },
  },
});
const firstSeed = values.tune ? 1 : 6001;
const score = new Score();
let [lines, milliseconds] = [0, 0];
for (let i = 0; i < Number(values.seeds); i++) {
  const climate = CLIMATES[values.tune ? 'tuning' : 'reporting'][i % 2];
  if (climate === undefined) break;
  const history = inject(firstSeed + i, climate, values.tune ? 0 : 1);
  const checker = new LineChecker({ language: 'en-US', timeZone: 'Europe/Oslo', sensitivity: 50 });
  const raised: Raised[] = [];
  const began = performance.now();
  for (const line of history.lines) {
    const time = new Date('now' in line ? line.now : line.time).toISOString();
    const { alarms } = checker.check('now' in line ? { now: time } : { ...line, time });
    for (const { device, quantity, cause, state, time: at, sentence } of alarms) {
      if (state === 'raised') raised.push({ device, quantity, cause, time: Date.parse(at), sentence });
    }
  }
  milliseconds += performance.now() - began;
  lines += history.lines.length;
  score.add(history.labels, raised, history.sensors);
}
score.print(values.verbose);
console.log(`${lines} lines, ${((1000 * milliseconds) / lines).toFixed(1)} µs per line`);
