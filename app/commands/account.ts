import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stderr } from 'node:process';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import { translate } from '../../nodes/observation/messages.ts';
import type { LedgerQuery } from '../../nodes/persistence/ledger.ts';
import { localDays } from '../../nodes/persistence/local-days.ts';
import { type LedgerView, readLedger } from '../../nodes/persistence/read-ledger.ts';
import { type Account, accountOf, ENDS } from '../account.ts';
import type { Call, Command } from '../command.ts';
import { existingDataFolder } from '../data-registry.ts';
import { DeployedFlows } from '../deployed-flows.ts';
import { print } from '../lines.ts';
import { readSettings } from '../settings.ts';
import { tableLines } from '../table.ts';
import { type Difference, differences } from '../verify-account.ts';

/** `byflyt account`: what became of every message, per device and day, and whether the sum is right. */
export const command: Command = {
  options: { values: ['data', 'from', 'to', 'device', 'area'], flags: ['json', 'verify'] },
  required: [],
  async run(call) {
    const folder = existingDataFolder(call.environment);
    if (!existsSync(join(folder, 'byflyt.db'))) return nothingYet(call);
    const { timeZone } = readSettings(call.environment);
    const query = queryOf(call);
    const ledger = readLedger(folder, timeZone);
    try {
      const account = accountOf(ledger, query);
      const whole = await showAccount(call, account);
      return (await verified(call, { folder, ledger, query, timeZone })) && whole;
    } finally {
      ledger.close();
    }
  },
};

async function nothingYet({ language, flag }: Call): Promise<true> {
  if (!flag('json')) await print(translate(language, 'app.account.none'));
  return true;
}

function queryOf(call: Call): LedgerQuery {
  const query: LedgerQuery = {};
  for (const name of ['from', 'to', 'device', 'area'] as const) {
    const value = call.option(name);
    if (value === undefined) continue;
    if ((name === 'from' || name === 'to') && !isDay(value)) {
      const parameters = { command: 'account', option: name, value };
      throw new ConfigurationError({ key: 'app.error.option_value', parameters });
    }
    query[name] = value;
  }
  return query;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** True if nothing is missing. */
async function showAccount(call: Call, { rows, days }: Account): Promise<boolean> {
  if (days.length === 0) return nothingYet(call);
  await show(call, 'device', ['day', 'area', 'device', 'received', ...ENDS], rows);
  await show(call, 'day', ['day', 'received', 'accounted', 'missing', 'lost'], days);
  const wrong = days.filter(({ missing, lost }) => missing !== 0 || lost > 0);
  for (const day of wrong) {
    const key = day.missing === 0 ? 'app.account.lost' : 'app.account.missing';
    stderr.write(`${translate(call.language, key, { ...day })}\n`);
  }
  if (wrong.length === 0 && !call.flag('json')) await print(translate(call.language, 'app.account.whole'));
  return wrong.length === 0;
}

interface Scope {
  folder: string;
  ledger: LedgerView;
  query: LedgerQuery;
  timeZone: string;
}

/** With `--verify`: true if the databases have what they have confirmed. */
async function verified(call: Call, { folder, ledger, query, timeZone }: Scope): Promise<boolean> {
  const { language, flag } = call;
  if (!flag('verify')) return true;
  const flows = new DeployedFlows(folder, readSettings(call.environment));
  const storeOf = (outbox: string, sandbox: boolean) => flows.store(sandbox, outbox);
  const found: Difference[] = [];
  try {
    const verification = { log: ledger, query, storeOf, dayOf: localDays(timeZone) };
    for await (const difference of differences(verification)) found.push(difference);
  } finally {
    await flows.close();
  }
  await show(call, 'difference', ['day', 'area', 'device', 'stored', 'found', 'missing'], found);
  if (found.length > 0) stderr.write(`${translate(language, 'app.account.differs')}\n`);
  else if (!flag('json')) await print(translate(language, 'app.account.verified'));
  return found.length === 0;
}

/** A table with its heads in words and an empty line behind it, or a JSON line per row, with its kind. */
async function show<T extends object, K extends keyof T & string>(
  { language, flag }: Call,
  kind: string,
  columns: readonly K[],
  rows: readonly T[],
): Promise<void> {
  if (flag('json')) {
    for (const row of rows) await print(JSON.stringify({ kind, ...row }));
    return;
  }
  if (rows.length === 0) return;
  const head = columns.map((column) => translate(language, `app.account.column.${column}`));
  const cells = rows.map((row) => columns.map((column) => cellOf(row[column])));
  for (const line of [...tableLines(head, cells), '']) await print(line);
}

function cellOf(value: unknown): string | number {
  if (typeof value === 'number') return value;
  return value === '' ? '-' : String(value);
}
