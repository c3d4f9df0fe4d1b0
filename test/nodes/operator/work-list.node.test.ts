import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import devices from '../../../nodes/devices/devices.node.ts';
import operatorPlugin from '../../../nodes/operator/operator.plugin.ts';
import workList from '../../../nodes/operator/work-list.node.ts';
import database from '../../../nodes/timeseries/database.node.ts';
import { eventually } from '../../support/eventually.ts';
import { helper, nodeOf, statusesOf } from '../../support/node-red.ts';

const CONFIG = [
  { id: 'registry', type: 'byflyt-devices' },
  { id: 'database', type: 'byflyt-database' },
];
const LIST = { id: 'list', type: 'byflyt-work-list', title: 'Bins to empty today', columns: [] };

describe('byflyt-work-list node', () => {
  let dataFolder: string;

  const load = (flow: object[]) => {
    helper.settings({ credentialSecret: 'a secret of this test', byflyt: { dataFolder, language: 'en-US' } });
    return helper.load([devices, database, operatorPlugin, workList], flow);
  };
  const content = async () => (await helper.request().get('/byflyt/operator/content?lang=en')).text;
  /** The status after a message; the node's first one is reported a moment after it started. */
  const receive = async (payload: unknown) => {
    await eventually(() => assert.match(statusesOf('list')[0] ?? '', /waiting for a list/));
    const before = statusesOf('list').length;
    nodeOf('list').receive({ payload });
    return eventually(() => {
      const [text] = statusesOf('list').slice(before);
      assert.ok(text, 'no status yet');
      return text;
    });
  };

  before(() => helper.startServer());
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'byflyt-work-list-'));
  });
  afterEach(async () => {
    await helper.unload();
    rmSync(dataFolder, { recursive: true });
  });
  after(() => helper.stopServer());

  it('keeps the newest list, over a restart too', async () => {
    await load([...CONFIG, LIST]);
    await receive([{ site: 'Storgata 1', fill_level: 92 }]);
    assert.equal(await receive([{ site: 'Torget', fill_level: 85 }]), '1 on the list');
    await helper.unload();
    await load([...CONFIG, LIST]);
    assert.match(await content(), /Bins to empty today[\s\S]*Torget/);
    assert.doesNotMatch(await content(), /Storgata/);
  });

  it('forgets the list when the node is removed', async () => {
    await load([...CONFIG, LIST]);
    await receive([{ site: 'Torget' }]);
    await helper.setFlows(CONFIG);
    assert.doesNotMatch(await content(), /Torget/);
  });

  it('says what is wrong with a message', async () => {
    await load([...CONFIG, LIST]);
    assert.match(await receive('text'), /needs an array/);
    assert.match(await receive([{ site: 'Torget' }]), /1 on the list/);
  });

  it('says that a deploy is missing before there are devices and a database', async () => {
    await load([LIST]);
    const answer = await helper.request().get('/byflyt/operator/content?lang=en');
    assert.deepEqual([answer.status, /no device list or database yet/.test(answer.text)], [404, true]);
  });

  it('serves the page, its script and its style', async () => {
    await load([...CONFIG, LIST]);
    const shell = await helper.request().get('/byflyt/operator?lang=en');
    assert.match(shell.text, /<script src="operator\/operator\.js"/);
    const types = { 'operator.js': /javascript/, 'operator.css': /css/, 'page.css': /css/ };
    for (const [file, type] of Object.entries(types)) {
      const answer = await helper.request().get(`/byflyt/operator/${file}`);
      assert.match(answer.headers['content-type'] ?? '', type);
    }
    const slash = await helper.request().get('/byflyt/operator/');
    assert.deepEqual([slash.status, slash.headers.location], [308, '../operator']);
  });
});
