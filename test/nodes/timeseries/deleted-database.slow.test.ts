/** What becomes of readings whose database node is deleted while they wait, in a real Node-RED runtime. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { problemsIn } from '../../../nodes/observation/problems.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import databaseNode from '../../../nodes/timeseries/database.node.ts';
import type { DatabaseNode } from '../../../nodes/timeseries/database.ts';
import storeNode from '../../../nodes/timeseries/store.node.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { helper, nodeOf } from '../../support/node-red.ts';
import { observation } from '../../support/observations.ts';
import { freePort, tempFolder } from '../../support/servers.ts';

const QUERY = { measurement: 'ski_trail', fields: ['snow_temperature'] };
const EMBEDDED = { id: 'here', type: 'byflyt-database', kind: 'embedded' };

describe('a database node that is deleted with readings waiting', () => {
  let path: string;
  let flow: RunningFlow | undefined;
  let away: { type: string; kind: string; url: string; bucket: string };
  beforeEach(async () => {
    path = await tempFolder();
    const url = `http://127.0.0.1:${await freePort()}`;
    away = { type: 'byflyt-database', kind: 'influxdb', url, bucket: 'town' };
  });
  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
    await rm(path, { recursive: true });
  });

  /** A flow whose database is away, with one reading that waits for it. */
  async function startWaiting(): Promise<void> {
    flow = await startFlow(
      [databaseNode, storeNode],
      [
        { ...away, id: 'former', name: 'Town' },
        { id: 'save', type: 'byflyt-store', database: 'former' },
      ],
      { credentialSecret: 'x', byflyt: { dataFolder: path, language: 'en-US' } },
    );
    await flow.send('save', { payload: observation(Date.now(), { snow_temperature: -4 }) });
    await eventually(() => assert.match(flow?.statuses('save').at(-1) ?? '', /1 reading kept on disk/));
  }
  const storedIn = async (id: string) => (await nodeOf<DatabaseNode>(id).store(false).query(QUERY)).length;
  const waiting = () => {
    const folder = openDataFolder(path);
    const found = folder.status().outboxes.find(({ name }) => name === 'database:former')?.waiting ?? 0;
    folder.release();
    return found;
  };
  const sentences = () =>
    problemsIn(path)
      .list()
      .filter(({ id }) => id.startsWith('timeseries.stranded/'));

  it('leaves them to the only one there is', async () => {
    await startWaiting();
    await helper.setFlows([EMBEDDED]);
    await eventually(async () => assert.equal(await storedIn('here'), 1));
    assert.equal(waiting(), 0);
    assert.deepEqual(sentences(), []);
  });

  it('leaves them to one that writes to the same place, and to no other', async () => {
    await startWaiting();
    await helper.setFlows([EMBEDDED, { ...away, id: 'other', bucket: 'else' }, { ...away, id: 'heir' }]);
    await eventually(() => assert.match(flowStatus('heir'), /^1 /));
    assert.match(flowStatus('other'), /^0 /);
    assert.equal(await storedIn('here'), 0);
    assert.deepEqual(sentences(), []);
  });

  it('says how many wait for what, until somebody takes them over', async () => {
    await startWaiting();
    await helper.setFlows([EMBEDDED, { ...away, id: 'other', bucket: 'else' }]);
    const [problem] = await eventually(() => {
      assert.equal(sentences().length, 1);
      return sentences();
    });
    assert.deepEqual(problem?.parameters, { name: 'Town', count: 1, place: `${away.url} town` });
    const logged = helper.log().args.map(([{ msg }]) => String(msg));
    assert.ok(
      logged.some((text) => /"Town" was deleted, and readings still wait for it on disk: 1/.test(text)),
    );
    await helper.setFlows([EMBEDDED]);
    await eventually(async () => assert.equal(await storedIn('here'), 1));
    assert.deepEqual(sentences(), []);
  });

  it('says it also when no database is left, and after that one comes back', async () => {
    await startWaiting();
    await helper.setFlows([]);
    await eventually(() => assert.equal(sentences().length, 1));
    await helper.setFlows([{ ...away, id: 'former' }]);
    await eventually(() => assert.deepEqual(sentences(), []));
    assert.equal(waiting(), 1);
  });

  /** How many readings a database keeps, and whether it says so. */
  function flowStatus(id: string): string {
    let text = '';
    nodeOf<DatabaseNode>(id).onStatus(({ kept, state }) => {
      text = `${kept} ${state}`;
    })();
    return text;
  }
});
