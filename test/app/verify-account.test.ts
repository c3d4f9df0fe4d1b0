import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { type Difference, differences } from '../../app/verify-account.ts';
import type { LedgerRow } from '../../nodes/persistence/ledger.ts';
import { openStore } from '../../nodes/timeseries/database-settings.ts';
import type { Store } from '../../nodes/timeseries/store.ts';
import { tempFolder } from '../support/servers.ts';

const NONE = { received: 0, rejected: 0, dropped: 0, queued: 0, unaccounted: 0, inFlow: 0 };

describe('what the ledger calls stored, and what the database has', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await tempFolder();
    store = openStore({ kind: 'embedded' }, folder, false);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const row = (day: string, stored: number, device = 'bin-1'): LedgerRow => ({
    ...NONE,
    day,
    area: 'waste',
    device,
    stored,
  });

  async function write(time: string, measurement = 'waste', device = 'bin-1'): Promise<void> {
    await store.write([{ measurement, tags: { device }, fields: { x: 1 }, time: Date.parse(time) }]);
  }

  async function found(rows: LedgerRow[], isAsked = (_day: string) => true): Promise<Difference[]> {
    const list: Difference[] = [];
    const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
    for await (const one of differences({ rows, isAsked, storeOf: () => store, dayOf })) list.push(one);
    return list;
  }

  it('are the same, also for messages that tell of the battery alone, or of both', async () => {
    await write('2026-01-10T10:00:00Z');
    await write('2026-01-10T10:00:00Z', 'device_health');
    await write('2026-01-10T11:00:00Z', 'device_health');
    assert.deepEqual(await found([row('2026-01-10', 2)]), []);
  });

  it('differ where readings are missing, per device and day', async () => {
    await write('2026-01-10T10:00:00Z');
    await write('2026-01-12T10:00:00Z', 'waste', 'bin-2');
    const rows = [row('2026-01-10', 3), row('2026-01-12', 1, 'bin-2'), row('2026-01-14', 1, 'bin-2')];
    assert.deepEqual(await found(rows), [
      { day: '2026-01-10', area: 'waste', device: 'bin-1', stored: 3, found: 1, missing: 2 },
      { day: '2026-01-14', area: 'waste', device: 'bin-2', stored: 1, found: 0, missing: 1 },
    ]);
    assert.deepEqual(await found(rows, (day) => day === '2026-01-11'), []);
  });

  it('are the same where a reading came just after midnight', async () => {
    await write('2026-01-09T23:59:59Z');
    assert.deepEqual(await found([row('2026-01-10', 1)]), []);
  });

  it('leaves out messages of no known device', async () => {
    assert.deepEqual(await found([{ ...row('2026-01-10', 1), area: '', device: '' }]), []);
  });
});
