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

/** What is published, one after the other. */
export interface Load {
  /** Not measured: V8 compiles what is used much, once, and a service runs for months. */
  warmUp: readonly PublishedUplink[];
  uplinks: readonly PublishedUplink[];
}

export interface Cost {
  uplinks: number;
  /** From the start of the process until it hears the broker. */
  startSeconds: number;
  /** User and system time for the uplinks of the warm-up. */
  warmUpCpuSeconds: number;
  /** From the first uplink published until the last one is in the database. */
  seconds: number;
  /** User and system time of all threads of the process, with the work left over when all is stored. */
  cpuSeconds: number;
  stored: number;
  /** Resident memory before the first uplink that counts, and at its peak. */
  bytesAtStart: number;
  bytesAtPeak: number;
  /** When that was, µs of the monotonic clock, as in V8's profiles. */
  during: { from: number; to: number };
}

const CLOCK_TICKS_PER_SECOND = 100;
const STALLED_SECONDS = 60;
/** Until a process has come to rest after its start, and after the last uplink: what is left over is done soon. */
const REST_MS = 3000;
const AFTERWARDS_MS = 1500;

/** Starts the contender, publishes the uplinks with QoS 1, waits until all are in the database, and stops it. */
export async function measure(
  contender: Contender,
  { warmUp, uplinks }: Load,
  servers: { broker: string; influxdb: string },
): Promise<Cost> {
  await query(servers.influxdb, contender.database, `DROP MEASUREMENT "${contender.measurement}"`);
  const [program = '', ...options] = contender.command;
  const child = spawn(program, options, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...contender.environment },
  });
  const started = performance.now();
  try {
    await untilSubscribed(servers.broker, contender.subscriptions);
    const startSeconds = (performance.now() - started) / 1000;
    await delay(REST_MS);
    const cold = cpuSeconds(child);
    await publish(servers.broker, warmUp);
    await allStored(servers.influxdb, contender, warmUp.length);
    await delay(AFTERWARDS_MS);
    const before = { cpu: cpuSeconds(child), time: monotonic(), bytes: residentBytes(child, 'VmRSS') };
    await publish(servers.broker, uplinks);
    const all = warmUp.length + uplinks.length;
    const stored = (await allStored(servers.influxdb, contender, all)) - warmUp.length;
    const to = monotonic();
    await delay(AFTERWARDS_MS);
    return {
      uplinks: uplinks.length,
      startSeconds,
      warmUpCpuSeconds: before.cpu - cold,
      seconds: (to - before.time) / 1e6,
      cpuSeconds: cpuSeconds(child) - before.cpu,
      stored,
      bytesAtStart: before.bytes,
      bytesAtPeak: residentBytes(child, 'VmHWM'),
      during: { from: before.time, to },
    };
  } finally {
    await stop(child);
  }
}

export async function publish(broker: string, uplinks: Iterable<PublishedUplink>): Promise<void> {
  const client = await mqtt.connectAsync(broker);
  let pending = 0;
  for (const { topic, body } of uplinks) {
    pending++;
    client.publish(topic, body, { qos: 1 }, () => {
      pending--;
    });
    while (pending >= 500) await delay(1);
  }
  while (pending > 0) await delay(1);
  await client.endAsync();
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
export function cpuSeconds(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** VmRSS or VmHWM of /proc/<pid>/status (proc(5)). */
export function residentBytes(child: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s*(\\d+) kB`).exec(status)?.[1]) * 1024;
}

function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(killer);
}
