/**
 * Writes the dataset to a file, through the gate, as the public gets it; in a process of its own, whose memory is
 * measured: at rest, and at most. Prints JSON.
 */
import { createWriteStream } from 'node:fs';
import { argv, cpuUsage, memoryUsage, resourceUsage } from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { type ExportFormat, exportDataset } from '../nodes/opendata/export.ts';
import { DATASET, openRows, sourcesOf } from './opendata-rows.ts';

export interface ExportCost {
  seconds: number;
  /** Of all threads. */
  cpuSeconds: number;
  /** Resident memory when everything is loaded and nothing was read, and the most that there was. */
  bytesBefore: number;
  bytesAtPeak: number;
}

const [, , path = '', format = '', target = ''] = argv;
// As in app/start.ts.
setFlagsFromString('--max-semi-space-size=4');
const store = openRows(path);
await store.measurements();
await import('hyparquet-writer');
churn();
const bytesBefore = memoryUsage().rss;
const before = cpuUsage();
const began = performance.now();
const pieces = Readable.from(exportDataset(DATASET, sourcesOf(store), {}, format as ExportFormat), {
  highWaterMark: 1,
});
await pipeline(pieces, createWriteStream(target));
const seconds = (performance.now() - began) / 1000;
const { user, system } = cpuUsage(before);
const cpuSeconds = (user + system) / 1e6;
const cost: ExportCost = { seconds, cpuSeconds, bytesBefore, bytesAtPeak: resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(cost));
await store.close();

/** The room for what lives shortly becomes what it is in an app that has run for a while: its size is no cost of a file. */
function churn(): void {
  let alive: object[] = [];
  for (let index = 0; index < 3_000_000; index++) {
    if (index % 100_000 === 0) alive = [];
    alive.push({ index });
  }
}
