/** Byflyt as a contender: the built app with a data folder of its own, a hundred registered devices, and a flow. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/servers.ts';
import { type Arena, type Prepare, run } from './comparison.ts';
import { shares } from './shares.ts';
import { DEVICES, deviceNumber } from './uplinks.ts';

export interface ByflytOptions {
  /** Nodes in place of the shipped flows. */
  flow?: readonly object[];
  /** Id of the devices' model; default: the built-in one. */
  model?: string;
  /** Path in the data folder -> content of a file that is there before the start. */
  files?: Readonly<Record<string, string>>;
  /** Topics that the flow subscribes to. */
  subscriptions: number;
  /** Run on one core only. */
  oneCore?: boolean;
}

const root = join(import.meta.dirname, '..');
const AREA = 'ski_trail';
const FLOW_FILE = 'node-red/flows.json';
const ONE_CORE = ['taskset', '-c', '0'];

/** `nodeOptions` go to Node.js. */
export function byflyt(options: ByflytOptions, nodeOptions: readonly string[] = []): Prepare {
  return async (broker, { influxdb, folder }) => {
    const data = await mkdtemp(join(folder, 'byflyt-'));
    const environment = {
      BYFLYT_DATA: data,
      BYFLYT_PORT: `${await freePort()}`,
      BYFLYT_SANDBOX: 'off',
      BYFLYT_LANGUAGE: 'en-US',
      BYFLYT_MQTT_URL: broker.url,
      BYFLYT_DATABASE_URL: influxdb.url,
      BYFLYT_DATABASE_BUCKET: 'byflyt',
    };
    const { flow, files, model = 'milesight-am307l', subscriptions, oneCore } = options;
    await placeFiles(data, { ...files, ...(flow && { [FLOW_FILE]: JSON.stringify(flow) }) });
    await importDevices(data, model, environment);
    return {
      command: [
        ...(oneCore ? ONE_CORE : []),
        process.execPath,
        ...nodeOptions,
        join(root, 'dist/app/start.js'),
      ],
      environment,
      database: 'byflyt',
      measurement: AREA,
      subscriptions,
    };
  };
}

/** Step -> its share of the main thread's busy time in one run under V8's profiler. */
export async function profiled(
  options: ByflytOptions,
  count: number,
  arena: Arena,
): Promise<ReadonlyMap<string, number>> {
  const folder = await mkdtemp(join(arena.folder, 'profiles-'));
  const prepare = byflyt(options, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  const cost = await run(prepare, count, arena);
  // One per thread; the main thread's sorts first.
  const [file] = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort();
  if (!file) throw new Error('no profile was written');
  return shares(join(folder, file), cost.during);
}

async function placeFiles(data: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(data, path, '..'), { recursive: true });
    await writeFile(join(data, path), content);
  }
}

async function importDevices(
  data: string,
  model: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Array.from({ length: DEVICES }, (_, n) => {
    const { name, devEui } = deviceNumber(n);
    return `${name};${name};${AREA};${devEui};${model}`;
  });
  const csv = join(data, 'devices.csv');
  await writeFile(csv, ['id;name;area;devEui;model', ...rows].join('\n'));
  execFileSync(process.execPath, [join(root, 'app/byflyt.js'), 'devices', 'import', csv], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
