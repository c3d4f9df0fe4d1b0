import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../../nodes/devices/atomic-file.ts';
import { readLedger } from '../../nodes/persistence/read-ledger.ts';
import { embeddedFile, openStore } from '../../nodes/timeseries/database-settings.ts';
import { filesIn } from './contents.ts';

/** What is in a data folder, in numbers that people know; a restored one must have the same. */
export interface ContentCounts {
  devices: number;
  users: number;
  /** Nodes in the flows. */
  nodes: number;
  models: number;
  codecs: number;
  /** Messages received, as the ledger counts them. */
  messages: number;
  /** Values in the embedded database, by measurement; those of the sandbox devices as `sandbox/<measurement>`. */
  values: Record<string, number>;
}

export async function countContents(folder: string): Promise<ContentCounts> {
  return {
    devices: length(readJson(join(folder, 'devices.json')), 'devices'),
    users: length(readJson(join(folder, 'users.json')), 'users'),
    nodes: length({ nodes: readJson(join(folder, 'node-red/flows.json')) }, 'nodes'),
    models: filesIn(folder, 'models').length,
    codecs: filesIn(folder, 'codecs').length,
    messages: messagesIn(folder),
    values: { ...(await valuesIn(folder, false)), ...(await valuesIn(folder, true)) },
  };
}

function length(content: unknown, list: string): number {
  const entries = (content as Record<string, unknown> | undefined)?.[list];
  return Array.isArray(entries) ? entries.length : 0;
}

function messagesIn(folder: string): number {
  if (!existsSync(join(folder, 'byflyt.db'))) return 0;
  // The sum of all days is the same in every time zone.
  const ledger = readLedger(folder, 'UTC');
  try {
    return ledger.days().reduce((sum, { received }) => sum + received, 0);
  } finally {
    ledger.close();
  }
}

async function valuesIn(folder: string, sandbox: boolean): Promise<Record<string, number>> {
  if (!existsSync(embeddedFile(folder, sandbox))) return {};
  const store = openStore({ kind: 'embedded' }, folder, sandbox);
  const counts: Record<string, number> = {};
  try {
    for (const [measurement, fields] of await store.measurements()) {
      let sum = 0;
      for (const { values } of await store.query({ measurement, fields, aggregate: 'count' })) {
        for (const count of Object.values(values)) sum += Number(count);
      }
      counts[`${sandbox ? 'sandbox/' : ''}${measurement}`] = sum;
    }
  } finally {
    await store.close();
  }
  return counts;
}
