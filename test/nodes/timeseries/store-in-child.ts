/** Writes readings to an embedded store until it is told to stop, and says how it goes: a line of JSON per write. */
import { argv, geteuid, setuid, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { problemOf } from '../../../nodes/observation/errors.ts';
import { openEmbeddedStore } from '../../../nodes/timeseries/embedded-store.ts';

const [, , path = '', user = ''] = argv;
/** Who is root may write everywhere. */
if (user !== '' && geteuid?.() === 0) setuid?.(Number(user));

const store = openEmbeddedStore(path);
for (let saved = 0; ; await delay(20)) {
  const points = Array.from({ length: 2000 }, (_, i) => ({
    measurement: 'm',
    tags: { device: `d${i % 50}` },
    fields: { t: i / 4 },
    time: Date.UTC(2020) + (saved + i) * 1000,
  }));
  try {
    await store.write(points);
    saved += points.length;
    say({ saved });
  } catch (error) {
    say({ saved, problem: problemOf(error).key });
  }
}

function say(line: object): void {
  stdout.write(`${JSON.stringify(line)}\n`);
}
