import { ConfigurationError } from '../../nodes/observation/errors.ts';
import {
  type ExportFormat,
  exportDataset,
  exportQuery,
  type FilePieces,
} from '../../nodes/opendata/export.ts';
import { readPublications } from '../../nodes/opendata/publications.ts';
import { blocksNow } from '../../nodes/opendata/publishing.ts';
import type { StoreQuery } from '../../nodes/timeseries/store.ts';
import type { Call, Command } from '../command.ts';
import { existingDataFolder, existingRegistry } from '../data-registry.ts';
import { DeployedFlows } from '../deployed-flows.ts';
import { deliver } from '../output.ts';
import { readSettings } from '../settings.ts';

const FORMATS: readonly ExportFormat[] = ['csv', 'json', 'parquet'];
const AGGREGATES = ['mean', 'min', 'max', 'sum', 'count', 'first', 'last'] as const;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `byflyt export`: a published dataset, through its privacy gate, or a query of the store for staff. */
export const command: Command = {
  options: {
    values: [
      'data',
      'format',
      'from',
      'to',
      'out',
      'query',
      'fields',
      'device',
      'site',
      'every',
      'aggregate',
    ],
    flags: ['sandbox'],
  },
  required: [],
  optional: 1,
  async run(call) {
    const format = choice(call, 'format', FORMATS) ?? 'csv';
    const folder = existingDataFolder(call.environment);
    const flows = new DeployedFlows(folder, readSettings(call.environment));
    try {
      await deliver(pieces(call, flows, format), call.option('out'));
    } finally {
      await flows.close();
    }
    return true;
  },
};

function pieces(call: Call, flows: DeployedFlows, format: ExportFormat): FilePieces {
  const [dataset] = call.values;
  if (dataset === undefined) return exportQuery(flows.store(call.flag('sandbox')), query(call), format);
  const registry = existingRegistry(call.environment);
  const publications = readPublications(flows.folder);
  const sources = {
    store: (sandbox: boolean) => flows.store(sandbox),
    devices: () => registry.list(),
    timeZone: readSettings(call.environment).timeZone,
    publications,
  };
  const published = flows.dataset(dataset);
  const [block] = blocksNow(published, publications);
  if (block) throw new ConfigurationError(block);
  return exportDataset(published, sources, range(call), format);
}

function query(call: Call): StoreQuery {
  const measurement = call.option('query');
  const fields = call.option('fields')?.split(',').filter(Boolean) ?? [];
  if (measurement === undefined) throw missing('dataset');
  if (fields.length === 0) throw missing('--fields');
  const every = duration(call);
  const aggregate = choice(call, 'aggregate', AGGREGATES);
  const where = Object.fromEntries(
    ['device', 'site'].flatMap((tag) => {
      const value = call.option(tag);
      return value === undefined ? [] : [[tag, value.split(',')]];
    }),
  );
  return {
    measurement,
    fields,
    where,
    ...range(call),
    ...grouping(call, every, aggregate),
    order: 'ascending',
  };
}

/** Buckets need an end and a beginning; without an aggregate they hold means. */
function grouping(
  call: Call,
  every: number | undefined,
  aggregate: StoreQuery['aggregate'],
): Pick<StoreQuery, 'every' | 'aggregate' | 'to'> {
  if (every === undefined) return {};
  if (call.option('from') === undefined) throw missing('--from');
  return { every, aggregate: aggregate ?? 'mean', to: time(call, 'to') ?? Date.now() };
}

function range(call: Call): { from?: number; to?: number } {
  const from = time(call, 'from');
  const to = time(call, 'to');
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** `2026-01-31` is midnight UTC. */
function time(call: Call, name: string): number | undefined {
  const value = call.option(name);
  if (value === undefined) return undefined;
  const parsed = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(parsed)) throw wrong(name, value);
  return parsed;
}

/** ms of `15m`, `1h`, `1d` ... */
function duration(call: Call): number | undefined {
  const value = call.option('every');
  if (value === undefined) return undefined;
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(value) ?? [];
  if (!Number(count)) throw wrong('every', value);
  return Number(count) * SECONDS[unit as keyof typeof SECONDS] * 1000;
}

function choice<T extends string>(call: Call, name: string, allowed: readonly T[]): T | undefined {
  const value = call.option(name);
  const found = allowed.find((entry) => entry === value);
  if (value !== undefined && found === undefined) throw wrong(name, value);
  return found;
}

function wrong(option: string, value: string): ConfigurationError {
  const parameters = { command: 'export', option, value };
  return new ConfigurationError({ key: 'app.error.option_value', parameters });
}

function missing(argument: string): ConfigurationError {
  return new ConfigurationError({
    key: 'app.error.argument_missing',
    parameters: { command: 'export', argument },
  });
}
