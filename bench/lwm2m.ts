/** What the LwM2M server keeps in memory of its devices: registered, observed, reporting, each with a command that waits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Lwm2mService } from '../nodes/nbiot/lwm2m-server/lwm2m-service.ts';
import { openDataFolder } from '../nodes/persistence/data-folder.ts';

export interface Lwm2mMemory {
  endpoints: number;
  reports: number;
  megabytes: number;
}

const LINKS = Buffer.from(
  '</>;rt="oma.lwm2m";ct="110 112",</1/0>;ver=1.1,</3/0>,</4/0>,</5/0>,</6/0>,</3303/0>,</3330/0>',
);
/** What each device is asked to report, and reports: temperature and distance, battery in two ways, signal. */
const OBSERVED = 5;
const REPORT = Buffer.from(JSON.stringify([{ n: '/3330/0/5700', v: 0.82 }]));
/** Devices whose work is under way at once. */
const BATCH = 200;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function megabytes(): number {
  collect();
  const { heapUsed, external } = memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Devices by their numbers, each with an address of its own. */
function sourceOf(device: number): { address: string; port: number } {
  return { address: `10.${64 + (device >> 16)}.${(device >> 8) & 0xff}.${device & 0xff}`, port: 5683 };
}

/** With the state store as it is on disk. Devices listen for ten seconds after each message. */
export async function lwm2mMemory(endpoints: number): Promise<Lwm2mMemory> {
  const folder = mkdtempSync(join(tmpdir(), 'byflyt-lwm2m-'));
  const { state, release } = openDataFolder(folder);
  const tokens = new Map<number, Buffer>();
  let now = Date.now();
  let reports = 0;
  const service = new Lwm2mService({
    state,
    scope: 'bench',
    link: {
      ask: async ({ address }, { token, observe }) => {
        const [, second = 0, third = 0, fourth = 0] = address.split('.').map(Number);
        if (token) tokens.set(((second - 64) << 16) | (third << 8) | fourth, token);
        return {
          code: '2.05',
          contentFormat: 110,
          payload: REPORT,
          ...(observe === 0 ? { observe: 1 } : {}),
        };
      },
    },
    settings: { strangers: true, allowed: [], awake: 10_000, patience: 3_600_000 },
    deviceOf: () => undefined,
    deviceById: () => undefined,
    accept: async () => {
      reports++;
    },
    onStranger: () => undefined,
    onEvent: () => undefined,
    onAnswer: () => undefined,
    onProblem: (error) => {
      throw error;
    },
    describe: String,
    now: () => now,
  });
  const before = megabytes();
  for (let first = 0; first < endpoints; first += BATCH) {
    for (let device = first; device < first + BATCH; device++) {
      const query = [`ep=urn:imei:${352_656_100_000_000 + device}`, 'lt=86400', 'lwm2m=1.1', 'b=U', 'Q'];
      await service.answer({ method: 'POST', path: '/rd', query, payload: LINKS }, sourceOf(device));
    }
    const wanted = (first + BATCH) * OBSERVED;
    while (reports < wanted) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const [device, token] of tokens) {
    const report = { code: '2.05', contentFormat: 110, observe: 7, payload: REPORT, token };
    await service.notify(report, sourceOf(device));
  }
  tokens.clear();
  now += 60_000;
  for (let device = 0; device < endpoints; device++) {
    service.command(`urn:imei:${352_656_100_000_000 + device}`, { read: '/3/0' }, undefined);
  }
  const kept = megabytes() - before;
  service.close();
  release();
  rmSync(folder, { recursive: true });
  return { endpoints: service.size, reports, megabytes: kept };
}

// In a process of its own: what other measurements leave to the collector would count against it.
if (import.meta.main) process.send?.(await lwm2mMemory(Number(argv[2])));
