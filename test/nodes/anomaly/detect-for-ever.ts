/**
 * Shows the series of `samples` to a detector with the data folder in argv, from the sample in argv on, until it is
 * killed; prints `<sample> <score>` at the end of each turn of the event loop.
 */
import { writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { AnomalyDetector } from '../../../nodes/anomaly/anomaly-detector.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { observation } from '../../support/observations.ts';
import { temperatures } from './series.ts';

const [, , path = '', from = '0', days = '10'] = process.argv;
const folder = openDataFolder(path);
const detector = new AnomalyDetector({
  state: folder.state,
  folder: path,
  language: 'en-US',
  timeZone: 'Europe/Oslo',
  sensitivity: 50,
});
for (const [at, [time, value]] of temperatures(Number(days)).entries()) {
  if (at < Number(from)) continue;
  const { air_temperature } = detector.detect(observation(time, { air_temperature: value }));
  await turn();
  writeSync(1, `${at} ${air_temperature?.score}\n`);
}
// What is left waits to be killed.
setInterval(() => {}, 60_000);
