/**
 * A backup while devices send, restored elsewhere after the original is gone: the same system, with every uplink that
 * was acknowledged before the backup, once, and no alarm twice.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Row } from '../../nodes/timeseries/store.ts';
import { eventually } from '../support/eventually.ts';
import { publishAll } from '../support/mqtt.ts';
import { tempFolder } from '../support/servers.ts';
import { type Bin, binRows, binUplinks, inOrder } from './bins.ts';
import { Installation } from './installation.ts';
import { embeddedRows, sendWhile, TRAIL, trailReading, trailReadings, withEmbedded } from './trail.ts';

const MINUTE = 60_000;
const BIN: Bin = {
  id: 'almost-full',
  site: 'Torget',
  devEui: '24e124136b000001',
  level: (daysAgo) => 95 - 5 * daysAgo,
};
const HEADER = 'id;name;area;site;devEui;model;emptyDistance;fullDistance;appKey';

describe('a backup while devices send', () => {
  let original: Installation;
  let restored: Installation;
  let backup: string;

  before(async () => {
    backup = join(await tempFolder(), 'backup');
    original = await Installation.prepare();
    restored = await Installation.prepare();
    await original.write(
      'list.csv',
      [HEADER, ...binRows([BIN]).map((row) => `${row};`), `${TRAIL};;;0123456789ABCDEF0123456789ABCDEF`].join(
        '\n',
      ),
    );
    await original.start();
    await original.command('devices', 'import', join(original.folder, 'list.csv'));
    await publishAll(original.brokerUrl, inOrder(binUplinks(BIN, 2, Date.now() - MINUTE)));
    await eventually(async () => assert.equal((await alarmsOf(original)).length, 1));
    await eventually(() => assert.equal(openAlarmsOnDisk(original), 1));
  });
  after(async () => {
    await original?.remove();
    await restored?.remove();
    await rm(join(backup, '..'), { recursive: true });
  });

  it('gives the same system elsewhere', async () => {
    const acknowledged = await sendWhile(original, 0, async (soFar) => {
      await eventually(() => assert.ok(soFar.size > 200));
      const before = [...soFar];
      const said = await original.command('backup', backup);
      assert.match(said, /devices: 2, users: 1/);
      await eventually(() => assert.ok(soFar.size > before.length + 200));
      return before;
    });
    const flows = JSON.parse(await original.read('flows')) as unknown[];
    const devices = await original.command('devices', 'export', '--with-keys');
    const alarms = await alarmsOf(original);
    await original.kill();

    const said = await restored.command('restore', backup);
    assert.match(said, /devices: 2, users: 1/);
    restored.password = original.password;
    await restored.start();
    assert.deepEqual(JSON.parse(await restored.read('flows')), flows);
    assert.equal(await restored.command('devices', 'export', '--with-keys'), devices);
    assert.ok(devices.toUpperCase().includes('0123456789ABCDEF0123456789ABCDEF'));

    await eventually(async () => {
      const stored = new Map(await withEmbedded(restored, trailReadings));
      for (const [time, temperature] of acknowledged.map(trailReading)) {
        assert.equal(stored.get(time), temperature, new Date(time).toISOString());
      }
    });
    assert.deepEqual(await alarmsOf(restored), alarms);
  });

  it('goes on from there: new readings are stored, no alarm is raised twice, and every message is accounted for', async () => {
    const alarms = await alarmsOf(restored);
    const [newest] = binUplinks(BIN, 1, Date.now()).slice(-1);
    assert.ok(newest);
    await publishAll(restored.brokerUrl, [newest.publication]);
    await eventually(async () => {
      const rows = await embeddedRows(restored, 'waste', ['fill_level']);
      assert.ok(rows.some(({ time }) => time === newest.time));
    });
    assert.deepEqual(await alarmsOf(restored), alarms);
    await eventually(async () => {
      const lines = (await restored.command('account', '--verify', '--json')).split('\n').filter(Boolean);
      const rows = lines.map((line) => JSON.parse(line));
      assert.ok(rows.every(({ kind }) => kind !== 'difference'));
      assert.ok(rows.every(({ queued = 0, inFlow = 0 }) => queued + inFlow === 0));
    });
  });
});

async function alarmsOf(installation: Installation): Promise<Row[]> {
  return embeddedRows(installation, 'alarm', ['state']);
}

/** The state of the nodes is saved some seconds after it has changed. */
function openAlarmsOnDisk({ folder }: Installation): number {
  const database = new DatabaseSync(join(folder, 'byflyt.db'), { readOnly: true });
  try {
    return database.prepare("SELECT 1 FROM state WHERE key LIKE 'alarm%' AND value LIKE '%raised%'").all()
      .length;
  } finally {
    database.close();
  }
}
