/**
 * A database that was away for a week: how fast what waits on disk is written when it is back, as a ratio of writing the
 * same points directly, and whether the event loop (the editor, what arrives meanwhile) has to wait.
 * Needs influxd on the PATH. BENCH_POINTS sets how many points wait.
 */
import { rm } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { openDataFolder } from '../nodes/persistence/data-folder.ts';
import type { DatabaseTarget } from '../nodes/timeseries/database-settings.ts';
import { openStore } from '../nodes/timeseries/database-settings.ts';
import { Database } from '../nodes/timeseries/open-database.ts';
import type { Point } from '../nodes/timeseries/store.ts';
import { freePort, startInfluxdb, tempFolder } from '../test/support/servers.ts';
import { query } from './contender.ts';

const POINTS = Number(process.env.BENCH_POINTS ?? 2_000_000);
const DEVICES = 1000;
const INTERVAL = 600_000;
const TURN = 200;
const DIRECT_BATCH = 2000;
const MEGABYTE = 1e6;
const NANOSECONDS = 1e6;

const start = Date.now() - Math.ceil(POINTS / DEVICES) * INTERVAL;

function pointNumber(n: number): Point {
  const fields = {
    air_temperature: 20 + (n % 50) / 10,
    relative_humidity: n % 100,
    co2_concentration: 400 + (n % 300),
  };
  const time = start + Math.floor(n / DEVICES) * INTERVAL;
  return { measurement: 'waste', tags: { device: `device-${n % DEVICES}` }, fields, time };
}

const folder = await tempFolder();
const port = await freePort();
const target = (bucket: string): DatabaseTarget => ({
  kind: 'influxdb',
  url: `http://127.0.0.1:${port}`,
  bucket,
});
const data = openDataFolder(folder);
const database = new Database({ target: target('outage'), folder: data, id: 'bench', retryDelay: () => 200 });

/** Seconds that `work` takes. */
async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

async function fill(): Promise<void> {
  for (let n = 0; n < POINTS; n += TURN) {
    for (let i = n; i < Math.min(n + TURN, POINTS); i++) {
      database.save([pointNumber(i)], {
        sandbox: false,
        account: { area: 'waste', device: `device-${i % DEVICES}` },
      });
    }
    await nextTurn();
  }
}

async function drained(): Promise<void> {
  while (data.status().outboxes.some(({ waiting }) => waiting > 0)) await delay(20);
}

async function direct(): Promise<void> {
  const store = openStore(target('direct'), folder, false);
  for (let n = 0; n < POINTS; n += DIRECT_BATCH) {
    await store.write(
      Array.from({ length: Math.min(DIRECT_BATCH, POINTS - n) }, (_, i) => pointNumber(n + i)),
    );
  }
  await store.close();
}

async function count(bucket: string): Promise<number> {
  const [n = 0] = await query(`http://127.0.0.1:${port}`, bucket, 'SELECT count(air_temperature) FROM waste');
  return n;
}

const filling = await secondsOf(fill);
const waiting = data.status().outboxes[0];
console.log(
  `${waiting?.waiting} points wait, ${((waiting?.bytes ?? 0) / MEGABYTE).toFixed(0)} MB, kept in ${filling.toFixed(1)} s`,
);

const server = await startInfluxdb({ port });
try {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const draining = await secondsOf(drained);
  lag.disable();
  const found = await count('outage');
  if (found !== POINTS) throw new Error(`${found} of ${POINTS} points arrived`);
  const writing = await secondsOf(direct);
  console.log(
    `drained in ${draining.toFixed(1)} s: ${(draining / writing).toFixed(2)}x of writing them directly`,
  );
  console.log(
    `event loop delay while draining: median ${(lag.percentile(50) / NANOSECONDS).toFixed(0)} ms, 99 % ${(lag.percentile(99) / NANOSECONDS).toFixed(0)} ms, most ${(lag.max / NANOSECONDS).toFixed(0)} ms`,
  );
  console.log(`resident at the end: ${(process.memoryUsage().rss / MEGABYTE).toFixed(0)} MB`);
} finally {
  await database.close();
  data.release();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
