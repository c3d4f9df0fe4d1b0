/** One side of a comparison: a process that turns published uplinks into rows of InfluxDB, and what it costs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { untilSubscribed } from '../test/support/mqtt.ts';
import { type PublishedUplink, QUANTITIES } from './uplinks.ts';

export interface Contender {
  command: readonly string[];
  environment?: Record<string, string>;
  database: string;
  measurement: string;
  /** Topics it subscribes to. */
  subscriptions: number;
}

export interface Cost {
  uplinks: number;
  seconds: number;
  /** User and system time of all threads of the contender's process. */
  cpuSeconds: number;
  stored: number;
}

const CLOCK_TICKS_PER_SECOND = 100;
const STALLED_SECONDS = 60;

/** Starts the contender, publishes the uplinks with QoS 1, waits until all are in the database, and stops it. */
export async function measure(
  contender: Contender,
  uplinks: Iterable<PublishedUplink>,
  servers: { broker: string; influxdb: string },
): Promise<Cost> {
  await query(servers.influxdb, contender.database, `DROP MEASUREMENT "${contender.measurement}"`);
  const [program = '', ...options] = contender.command;
  const child = spawn(program, options, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...contender.environment },
  });
  try {
    await untilSubscribed(servers.broker, contender.subscriptions);
    await delay(3000);
    const before = { cpu: cpuSeconds(child), time: performance.now() };
    const count = await publish(servers.broker, uplinks);
    const stored = await allStored(servers.influxdb, contender, count);
    return {
      uplinks: count,
      seconds: (performance.now() - before.time) / 1000,
      cpuSeconds: cpuSeconds(child) - before.cpu,
      stored,
    };
  } finally {
    await stop(child);
  }
}

async function publish(broker: string, uplinks: Iterable<PublishedUplink>): Promise<number> {
  const client = await mqtt.connectAsync(broker);
  let [count, pending] = [0, 0];
  for (const { topic, body } of uplinks) {
    count++;
    pending++;
    client.publish(topic, body, { qos: 1 }, () => {
      pending--;
    });
    while (pending >= 500) await delay(1);
  }
  while (pending > 0) await delay(1);
  await client.endAsync();
  return count;
}

async function allStored(influxdb: string, contender: Contender, count: number): Promise<number> {
  let stored = 0;
  let lastChange = performance.now();
  while (stored < count && performance.now() - lastChange < STALLED_SECONDS * 1000) {
    const now = Math.min(...(await counts(influxdb, contender)));
    if (now > stored) lastChange = performance.now();
    stored = now;
    if (stored < count) await delay(100);
  }
  return stored;
}

/** How many values each quantity has. */
function counts(influxdb: string, { database, measurement }: Contender): Promise<number[]> {
  const fields = QUANTITIES.map((quantity) => `count("${quantity}")`);
  return query(influxdb, database, `SELECT ${fields} FROM "${measurement}"`);
}

/** The first row of an InfluxQL query without its time; one 0 if there is none. */
export async function query(influxdb: string, database: string, text: string): Promise<number[]> {
  const parameters = new URLSearchParams({ db: database, q: text });
  const response = await fetch(`${influxdb}/query`, { method: 'POST', body: parameters });
  const body = (await response.json()) as {
    results?: { series?: { values: number[][] }[]; error?: string }[];
  };
  return body.results?.[0]?.series?.[0]?.values[0]?.slice(1) ?? [0];
}

/** utime and stime of /proc/<pid>/stat (proc(5)). */
function cpuSeconds(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(killer);
}
