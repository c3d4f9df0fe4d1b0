/** What Byflyt is compared with. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/servers.ts';
import type { Prepare } from './comparison.ts';
import { handBuiltFlow } from './hand-built.ts';

const root = join(import.meta.dirname, '..');

/** Node-RED as it comes, with a flow of core nodes and node-red-contrib-influxdb. */
export const handBuilt: Prepare = async (broker, { influxdb, folder }) => {
  const userDir = await mkdtemp(join(folder, 'hand-built-'));
  const flow = handBuiltFlow(broker.port, influxdb.port, 'comparison');
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flow));
  const program = join(root, 'node_modules/node-red/red.js');
  const command = [process.execPath, program, '-u', userDir, '-p', `${await freePort()}`];
  return { command, database: 'comparison', measurement: 'hand_built', subscriptions: 1 };
};

/** A script that only parses and writes. */
export const bareScript: Prepare = async (broker, { influxdb }) => {
  const database = 'comparison';
  const command = [process.execPath, join(root, 'bench/bare.ts'), broker.url, influxdb.url, database];
  return { command, database: 'comparison', measurement: 'bare', subscriptions: 1 };
};
