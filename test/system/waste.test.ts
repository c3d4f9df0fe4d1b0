/** The shipped waste flow in the running app: from distances to the list of bins to empty, across a restart. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SqliteStore } from '../../nodes/timeseries/sqlite-store.ts';
import type { LatestRow } from '../../nodes/timeseries/store.ts';
import { eventually } from '../support/eventually.ts';
import { publishAll } from '../support/mqtt.ts';
import { type Bin, binRows, binUplinks, inOrder } from './bins.ts';
import { Installation } from './installation.ts';

const DAYS = 6;

/** Percent full now, and percent per day; days until full follow from them. */
const BINS: (Bin & { days?: number; toEmpty: boolean })[] = [
  {
    id: 'almost',
    site: 'Torget',
    devEui: '24e124136b000001',
    level: (ago) => 93 - 5 * ago,
    days: 1.4,
    toEmpty: true,
  },
  {
    id: 'fast',
    site: 'Skolen',
    devEui: '24e124136b000002',
    level: (ago) => (70 - 40 * ago + 960) % 96,
    days: 0.75,
    toEmpty: true,
  },
  {
    id: 'slow',
    site: 'Badeplassen',
    devEui: '24e124136b000003',
    level: (ago) => 40 - 4 * ago,
    days: 15,
    toEmpty: false,
  },
  {
    id: 'emptied',
    site: 'Kirken',
    devEui: '24e124136b000004',
    level: (ago) => (ago < 2 ? 20 - 10 * ago : 100 - 10 * (ago - 2)),
    days: 8,
    toEmpty: false,
  },
  {
    id: 'spike',
    site: 'Stasjonen',
    devEui: '24e124136b000005',
    // Full enough, though the newest reading does not say so.
    level: (ago) => 86 - 3 * ago,
    odd: { 0: 65_000 },
    toEmpty: true,
  },
];

const HEADER = 'id;name;area;site;devEui;model;emptyDistance;fullDistance';

describe('the waste flow', () => {
  let installation: Installation;

  before(async () => {
    installation = await Installation.prepare();
    await installation.write('list.csv', [HEADER, ...binRows(BINS)].join('\n'));
    await installation.start();
    await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
    const now = Date.now();
    await publishAll(installation.brokerUrl, inOrder(BINS.flatMap((bin) => binUplinks(bin, DAYS, now))));
    await eventually(async () => assert.equal((await newest()).size, BINS.length));
    await eventually(async () => {
      const times = [...(await newest()).values()].map(({ time }) => time);
      assert.ok(Math.min(...times) > now - 120_000, 'the newest readings are not stored');
    });
  });
  after(() => installation?.remove());

  async function newest(): Promise<Map<string, LatestRow>> {
    const store = new SqliteStore(join(installation.folder, 'measurements.db'));
    try {
      const fields = ['distance', 'distance_qc', 'fill_level', 'fill_level_qc', 'time_until_full'];
      const rows = await store.latest({ measurement: 'waste', fields });
      return new Map(rows.map((row) => [row.tags.device ?? '', row]));
    } finally {
      await store.close();
    }
  }

  it('tells the fill level from the distance', async () => {
    const rows = await newest();
    for (const { id, level, odd } of BINS) {
      if (odd) continue;
      assert.ok(Math.abs(Number(rows.get(id)?.values.fill_level) - level(0)) < 0.2, id);
      assert.equal(rows.get(id)?.values.fill_level_qc, 1, id);
    }
  });

  it('fails a distance that no bin has, and the level that follows from it', async () => {
    const { distance_qc, fill_level_qc } = (await newest()).get('spike')?.values ?? {};
    assert.deepEqual([distance_qc, fill_level_qc], [4, 4]);
  });

  it('forecasts the day on which a bin is full', async () => {
    const rows = await newest();
    for (const { id, days } of BINS) {
      if (days === undefined) continue;
      const forecast = Number(rows.get(id)?.values.time_until_full);
      assert.ok(Math.abs(forecast - days) < 0.25 * days, `${id}: ${forecast} instead of ${days}`);
    }
  });

  it('raises the alarm of the bin that is almost full, and of no other', async () => {
    const alarms = await sectionOf('alarms');
    assert.match(alarms, /Fill level at Torget is 9\d(\.\d)? %/);
    for (const { site } of BINS.slice(1)) assert.doesNotMatch(alarms, new RegExp(site));
  });

  it('lists exactly the bins to empty today, fullest first', async () => {
    await inject();
    const expected = BINS.filter(({ toEmpty }) => toEmpty)
      .toSorted((a, b) => b.level(0) - a.level(0))
      .map(({ id }) => id);
    await eventually(async () => assert.deepEqual(await listed(), expected));
  });

  it('keeps list, alarm and forecast over a restart', async () => {
    const [list, alarms, rows] = [await listed(), await sectionOf('alarms'), await newest()];
    assert.equal(await installation.stop(), 0);
    await installation.start();
    assert.deepEqual(await listed(), list);
    assert.equal(await sectionOf('alarms'), alarms);
    const [bin] = BINS;
    assert.ok(bin);
    const [next] = binUplinks({ ...bin, level: () => bin.level(0) }, 1, Date.now()).slice(-1);
    assert.ok(next);
    await publishAll(installation.brokerUrl, [next.publication]);
    await eventually(async () => {
      const row = (await newest()).get(bin.id);
      assert.ok(row && row.time > (rows.get(bin.id)?.time ?? 0), 'the next reading is not stored');
      const forecast = Number(row.values.time_until_full);
      assert.ok(
        Math.abs(forecast - Number(rows.get(bin.id)?.values.time_until_full)) < 0.5,
        String(forecast),
      );
    });
    assert.equal(await sectionOf('alarms'), alarms);
  });

  /** As a click on the inject node's button. */
  async function inject(): Promise<void> {
    const headers = { Authorization: `Bearer ${await installation.signIn()}` };
    const url = `${installation.site}/editor/inject/byflyt-waste-morning`;
    assert.equal((await fetch(url, { method: 'POST', headers })).status, 200);
  }

  /** Names of the bins on the list. */
  async function listed(): Promise<string[]> {
    const names = BINS.map(({ id }) => id).join('|');
    const section = await sectionOf('list-bins-to-empty-today');
    return [...section.matchAll(new RegExp(`<td>(${names})</td>`, 'g'))].map(([, name = '']) => name);
  }

  /** A section of the operator page. */
  async function sectionOf(id: string): Promise<string> {
    const page = await installation.read('byflyt/operator/content');
    return page.split('<section').find((section) => section.includes(`aria-labelledby="${id}"`)) ?? '';
  }
});
