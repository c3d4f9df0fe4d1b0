import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { accountOf, ENDS } from '../../app/account.ts';
import { loadSecrets } from '../../app/secrets.ts';
import { openDataFolder } from '../../nodes/persistence/data-folder.ts';
import type { Ledger, LedgerQuery, LedgerRow } from '../../nodes/persistence/ledger.ts';
import { tempFolder } from '../support/servers.ts';
import { byflyt } from './support.ts';

const NONE = { received: 0, stored: 0, rejected: 0, dropped: 0, queued: 0, unaccounted: 0, inFlow: 0 };

/** Ledger of these rows, and of arrivals as they were counted. */
function ledgerOf(
  rows: readonly LedgerRow[],
  arrivals: Record<string, number>,
): Pick<Ledger, 'rows' | 'days'> {
  const within = (day: string, { from = '', to = '9999' }: LedgerQuery) => day >= from && day <= to;
  return {
    rows: (query = {}) =>
      rows.filter(({ day, device }) => within(day, query) && device === (query.device ?? device)),
    days: (query = {}) =>
      Object.entries(arrivals)
        .filter(([day]) => within(day, query))
        .map(([day, received]) => ({ day, received, lost: 0 })),
  };
}

describe('accountOf', () => {
  const rowArbitrary = fc.record({
    day: fc.constantFrom('2026-01-10', '2026-01-11'),
    area: fc.constant('waste'),
    device: fc.constantFrom('a', 'b', ''),
    ...Object.fromEntries(ENDS.map((end) => [end, fc.nat(1000)])),
  }) as fc.Arbitrary<Omit<LedgerRow, 'received'>>;

  it('finds what is missing on a day, whatever device is asked for', () => {
    fc.assert(
      fc.property(fc.array(rowArbitrary), fc.integer({ min: -5, max: 5 }), (ends, missing) => {
        const rows = ends.map((row) => ({ ...NONE, ...row, received: 0 }));
        const ended = (day: string) =>
          rows
            .filter((row) => row.day === day)
            .reduce((sum, row) => sum + ENDS.reduce((all, end) => all + row[end], 0), 0);
        const arrivals = { '2026-01-10': ended('2026-01-10') + missing, '2026-01-11': ended('2026-01-11') };
        const { days, rows: shown } = accountOf(ledgerOf(rows, arrivals), { device: 'a' });
        assert.deepEqual(
          days.map((day) => [day.day, day.missing]),
          [
            ['2026-01-10', missing],
            ['2026-01-11', 0],
          ],
        );
        assert.ok(shown.every(({ device }) => device === 'a'));
      }),
    );
  });

  it('sees a day that one of the two counts lacks', () => {
    const row = { ...NONE, day: '2026-01-10', area: 'waste', device: 'a', received: 2, stored: 2 };
    assert.deepEqual(accountOf(ledgerOf([row], { '2026-01-11': 3 }), {}).days, [
      { day: '2026-01-10', received: 0, accounted: 2, missing: -2, lost: 0 },
      { day: '2026-01-11', received: 3, accounted: 0, missing: 3, lost: 0 },
    ]);
  });
});

describe('byflyt account', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
    loadSecrets(folder);
    await fill();
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Two messages of one bin on one day, one of another on the next, and one that nobody has judged. */
  async function fill(): Promise<void> {
    const files = openDataFolder(folder, { timeZone: 'Europe/Oslo' });
    const settle = async (receivedTime: string, device: string, result: 'stored' | 'rejected') => {
      const id = await files.journal.append({
        transport: 'mqtt',
        topic: 't',
        body: Buffer.from('{}'),
        receivedTime,
      });
      if (device !== '') files.journal.settle(id, result, { account: { area: 'waste', device } });
    };
    await settle('2026-01-10T12:00:00Z', 'bin-1', 'stored');
    await settle('2026-01-10T22:59:00Z', 'bin-1', 'rejected');
    await settle('2026-01-10T23:01:00Z', 'bin-2', 'stored');
    await settle('2026-01-11T12:00:00Z', '', 'stored');
    files.release();
  }

  const account = (args: string[] = [], environment: Record<string, string> = {}) =>
    byflyt(['account', '--data', folder, ...args], '', environment);

  it('shows what became of the messages, by the days of the town, and that nothing is missing', async () => {
    const { status, lines, errors } = await account();
    assert.equal(status, 0, errors);
    assert.deepEqual(lines, [
      'Day         Area   Device  Received  Stored  Rejected  Left out  Waiting  Without an end  In a flow',
      '2026-01-10  waste  bin-1          2       1         1         0        0               0          0',
      '2026-01-11  -      -              1       0         0         0        0               0          1',
      '2026-01-11  waste  bin-2          1       1         0         0        0               0          0',
      'Day         Received  Accounted for  Missing  Lost',
      '2026-01-10         2              2        0     0',
      '2026-01-11         2              2        0     0',
      'Nothing is missing: every message that was received is accounted for.',
    ]);
    assert.match((await account([], { BYFLYT_LANGUAGE: 'nb' })).output, /Døgn .*Uten slutt/);
  });

  it('gives JSON lines, of the days and the device asked for', async () => {
    const { lines } = await account([
      '--json',
      '--from',
      '2026-01-11',
      '--to',
      '2026-01-11',
      '--device',
      'bin-2',
    ]);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {
          kind: 'device',
          ...NONE,
          day: '2026-01-11',
          area: 'waste',
          device: 'bin-2',
          received: 1,
          stored: 1,
        },
        { kind: 'day', day: '2026-01-11', received: 2, accounted: 2, missing: 0, lost: 0 },
      ],
    );
  });

  it('fails, and names the day, when the sum is wrong or a message was lost', async () => {
    const database = new DatabaseSync(join(folder, 'byflyt.db'));
    database.exec(`
      UPDATE ledger SET stored = 0 WHERE device = 'bin-2';
      UPDATE ledger_day SET lost = 1 WHERE day = '2026-01-10';`);
    database.close();
    const { status, errors } = await account();
    assert.equal(status, 1);
    assert.match(errors, /2026-01-10: 1 message.*\n2026-01-11: 2 messages were received, but 1/);
  });

  it('refuses what is no day', async () => {
    const { status, errors } = await account(['--from', 'yesterday']);
    assert.equal(status, 1);
    assert.match(errors, /account.*--from.*yesterday/);
  });
});
