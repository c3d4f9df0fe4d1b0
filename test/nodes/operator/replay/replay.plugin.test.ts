import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { NodeMessage } from 'node-red';
import devices from '../../../../nodes/devices/devices.node.ts';
import type { DevicesNode } from '../../../../nodes/devices/devices-node.ts';
import lorawanDecode from '../../../../nodes/lorawan/lorawan-decode.node.ts';
import type { ReplayView } from '../../../../nodes/operator/replay/replay-view.ts';
import replayPlugin from '../../../../nodes/operator/replay.plugin.ts';
import { type DataFolder, openDataFolder } from '../../../../nodes/persistence/data-folder.ts';
import qualityCheck from '../../../../nodes/quality/quality-check.node.ts';
import database from '../../../../nodes/timeseries/database.node.ts';
import type { DatabaseNode } from '../../../../nodes/timeseries/database.ts';
import store from '../../../../nodes/timeseries/store.node.ts';
import { eventually } from '../../../support/eventually.ts';
import { helper, nodeOf } from '../../../support/node-red.ts';
import { tempFolder } from '../../../support/servers.ts';
import { BIN, BIN_PAYLOAD, uplink } from '../../lorawan/town.ts';

const NODES = [devices, lorawanDecode, qualityCheck, database, store, replayPlugin];
const FLOW = [
  { id: 'tab', type: 'tab', label: 'Waste' },
  { id: 'devices', type: 'byflyt-devices' },
  { id: 'db', type: 'byflyt-database', kind: 'embedded', version: 1 },
  {
    id: 'decode',
    type: 'byflyt-lorawan-decode',
    z: 'tab',
    devices: 'devices',
    area: '',
    wires: [['check'], []],
  },
  { id: 'check', type: 'byflyt-quality-check', z: 'tab', wires: [['store']] },
  { id: 'store', type: 'byflyt-store', z: 'tab', database: 'db', wires: [[]] },
];

interface Answer extends Partial<ReplayView> {
  error?: string;
}

describe('replay in Node-RED', () => {
  let dataFolder: string;
  let folder: DataFolder;

  before(() => helper.startServer());
  beforeEach(async () => {
    dataFolder = await tempFolder();
    helper.settings({
      credentialSecret: 'a secret',
      byflyt: { dataFolder, language: 'en-US', timeZone: 'UTC' },
    });
    await helper.load(NODES, FLOW);
    // The helper starts flows while it loads them, before a plugin could hear of it; Node-RED loads plugins first.
    await helper.setFlows(FLOW);
    folder = openDataFolder(dataFolder);
    nodeOf<DevicesNode>('devices').registry.save({ ...BIN, emptyDistance: 4.5 });
  });
  afterEach(async () => {
    folder.release();
    await helper.unload();
    await rm(dataFolder, { recursive: true });
  });
  after(() => helper.stopServer());

  const get = async (path: string) => (await helper.request<Answer>().get(`/byflyt/replay${path}`)).body;
  const post = (path: string, body: object) =>
    helper.request<Answer>().post(`/byflyt/replay${path}?lang=nb`).send(body);

  /** Through the journal and the flow; resolves when it is stored. */
  async function receive(): Promise<void> {
    const payload = uplink(BIN.devEui ?? '', BIN_PAYLOAD);
    const receivedTime = new Date().toISOString();
    const body = Buffer.from(JSON.stringify(payload));
    const journalId = await folder.journal.append({ transport: 'mqtt/x', topic: 't', body, receivedTime });
    const intake = { journalId, receivedTime, transport: 'mqtt' };
    nodeOf('decode').receive({ payload, topic: 't', intake } as NodeMessage);
    await eventually(() => assert.equal(folder.journal.read(journalId)?.state, 'stored'));
  }

  async function ended(): Promise<Answer> {
    return eventually(async () => {
      const view = await get('');
      assert.notEqual(view.state, 'running');
      return view;
    });
  }

  async function level(): Promise<unknown> {
    const query = { measurement: 'waste', fields: ['fill_level'] };
    const rows = await nodeOf<DatabaseNode>('db').store(false).query(query);
    return rows.map(({ values }) => values.fill_level);
  }

  const lastHour = () => ({
    devices: [BIN.id],
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  });

  it('previews and writes through the flow’s own decoder, check and database', async () => {
    await receive();
    assert.deepEqual(await level(), [59.6]);
    assert.deepEqual(await get(''), {});
    const { registry } = nodeOf<DevicesNode>('devices');
    registry.save(BIN);
    assert.equal((await post('/preview', lastHour())).status, 200);
    const preview = await ended();
    assert.deepEqual([preview.kind, preview.state, preview.progress], ['preview', 'done', 1]);
    assert.deepEqual(preview.devices?.[0]?.quantities[0]?.examples[0]?.now, '19.2 %');
    assert.deepEqual(await level(), [59.6]);
    assert.equal((await post('/write', { marksGone: true })).status, 200);
    assert.deepEqual([(await ended()).kind, (await ended()).totals?.changed], ['write', 1]);
    await eventually(async () => assert.deepEqual(await level(), [19.2]));
  });

  it('offers devices and tells how far back messages go', async () => {
    await receive();
    const choices = (await get('/choices')) as unknown as {
      devices: unknown[];
      oldest: string;
      unknown: unknown[];
    };
    assert.deepEqual(choices.devices, [{ id: BIN.id, name: BIN.name, area: 'Waste', model: BIN.model }]);
    assert.ok(Date.now() - Date.parse(choices.oldest) < 60_000);
    assert.deepEqual(choices.unknown, []);
  });

  it('refuses what is no choice with a sentence', async () => {
    for (const [body, sentence] of [
      [{ ...lastHour(), devices: [] }, /Velg minst én enhet/],
      [{ ...lastHour(), devices: 'all' }, /Velg minst én enhet/],
      [{ ...lastHour(), from: 'yesterday' }, /Velg en periode/],
      [{ ...lastHour(), to: '2000-01-01T00:00:00Z' }, /Velg en periode/],
      [{ ...lastHour(), devices: ['nobody'] }, /nobody/],
    ] as const) {
      const { status, body: answer } = await post('/preview', body);
      assert.equal(status, 422);
      assert.match(answer.error ?? '', sentence);
    }
    assert.match((await post('/write', {})).body.error ?? '', /først/);
    assert.equal((await post('/cancel', {})).status, 200);
  });

  it('says that there is nowhere to write to without a database behind the decode node', async () => {
    await helper.setFlows(FLOW.filter(({ id }) => id !== 'check'));
    nodeOf<DevicesNode>('devices').registry.save(BIN);
    const { status, body } = await post('/preview', lastHour());
    assert.equal(status, 422);
    assert.match(body.error ?? '', /Ingen flyt leder fra en dekodingsnode/);
  });
});
