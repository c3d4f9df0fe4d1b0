/** The nodes database, store and query in a real Node-RED runtime. */
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import databaseNode from '../../../nodes/timeseries/database.node.ts';
import queryNode from '../../../nodes/timeseries/query.node.ts';
import storeNode from '../../../nodes/timeseries/store.node.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { helper } from '../../support/node-red.ts';
import { observation } from '../../support/observations.ts';
import { freePort, startInfluxdb, tempFolder } from '../../support/servers.ts';

const NODES = [devicesNode, databaseNode, storeNode, queryNode];
const QUERY = { area: 'ski_trail', quantities: 'snow_temperature', mode: 'latest' };

describe('nodes database, store and query', () => {
  let folder: string;
  let flow: RunningFlow | undefined;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(database: object, byflyt: object = {}): Promise<RunningFlow> {
    const settings = {
      credentialSecret: 'for tests',
      byflyt: { dataFolder: folder, language: 'nb', timeZone: 'Europe/Oslo', ...byflyt },
    };
    flow = await startFlow(
      NODES,
      [
        { id: 'db', type: 'byflyt-database', ...database },
        { id: 'list', type: 'byflyt-devices' },
        { id: 'save', type: 'byflyt-store', database: 'db', wires: [['saved']] },
        { id: 'saved', type: 'helper' },
        { id: 'ask', type: 'byflyt-query', database: 'db', deviceList: 'list', ...QUERY, wires: [['rows']] },
        { id: 'rows', type: 'helper' },
        { id: 'lost', type: 'byflyt-store', database: 'none' },
      ],
      settings,
    );
    return flow;
  }

  const reading = (temperature: number) => ({
    payload: observation(Date.now() - 1000, { snow_temperature: temperature }),
    topic: 'start',
    kept: 'as it came',
  });

  async function latest(running: RunningFlow): Promise<unknown> {
    await running.send('ask', { topic: 'now', query: { source: 'real' } });
    return running.received('rows').at(-1)?.payload[0]?.snow_temperature;
  }

  it('saves a reading, passes the message on, and finds it again', async () => {
    const running = await start({});
    await running.send('save', reading(-4.5));
    const [message] = running.received('saved');
    assert.deepEqual(
      [message?.topic, message?.kept, message?.payload.values],
      ['start', 'as it came', { snow_temperature: -4.5 }],
    );
    await eventually(async () => assert.equal(await latest(running), -4.5));
    const answer = running.received('rows').at(-1);
    assert.deepEqual([answer?.sandbox, answer?.topic, answer?.payload[0].site], [false, 'now', 'Start']);
    await eventually(() => assert.match(running.statuses('save').at(-1) ?? '', /^lagret \d\d[.:]\d\d$/));
    assert.match(running.statuses('ask').at(-1) ?? '', /^hentet \d\d[.:]\d\d, rader: 1$/);
  });

  it('settles the journal entry that the reading came from', async () => {
    const data = openDataFolder(folder);
    const running = await start({});
    const body = Buffer.from('{}');
    const id = await data.journal.append({
      transport: 't',
      topic: 't',
      body,
      receivedTime: new Date().toISOString(),
    });
    const intake = { journalId: id, receivedTime: '', transport: 't' };
    const parts = { id: 'of a split node', index: 1, count: 9 };
    for (const index of [0, 1]) {
      const part = { index, count: 2 };
      await running.send('save', { ...reading(index), intake: { ...intake, part }, parts });
    }
    await eventually(() => assert.equal(data.journal.read(id)?.state, 'stored'));
    data.release();
  });

  it('refuses what is no reading, in the language of the users, and goes on', async () => {
    const running = await start({});
    await assert.rejects(running.send('save', { payload: 21 }), /ingen måling/);
    await running.send('save', reading(-1));
    await eventually(async () => assert.equal(await latest(running), -1));
  });

  it('says in a sentence what is wrong with a setting or a question', async () => {
    const running = await start({});
    const logged = helper.log().args.map(([{ msg }]) => String(msg));
    assert.ok(
      logged.some((text) => text.startsWith('Ingen database er valgt')),
      'the store node without database',
    );
    await assert.rejects(running.send('ask', { query: { area: 'moon' } }), /«moon» er ukjent/);
    assert.match(running.statuses('ask').at(-1) ?? '', /«moon» er ukjent/);
  });

  it('keeps readings on disk while the database is away, says how many, and saves them when it is back', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const running = await start({ kind: 'settings' }, { database: { url, bucket: 'town' } });
    for (const temperature of [-1, -2, -3]) {
      await running.send('save', reading(temperature));
      await delay(2);
    }
    const away = 'ingenting svarer på databasens adresse, 3 målinger ligger på disk';
    await eventually(() => assert.equal(running.statuses('save').at(-1), away));
    const server = await startInfluxdb({ port });
    try {
      await eventually(async () => assert.equal(await latest(running), -3));
    } finally {
      await running.stop();
      flow = undefined;
      await server.stop();
    }
  });

  it('tests a connection for the form and says what is wrong, without the password', async () => {
    const server = await startInfluxdb({ auth: true });
    try {
      const q = "CREATE USER town WITH PASSWORD 'pw' WITH ALL PRIVILEGES";
      await fetch(`${server.url}/query`, { method: 'POST', body: new URLSearchParams({ q }) });
      await start({});
      const check = (form: object, credentials: object) =>
        helper
          .request<Record<string, string>>()
          .post('/byflyt/database/check')
          .send({ id: 'db', language: 'nb', form, credentials });
      const form = { kind: 'influxdb', url: server.url, bucket: 'new_one' };
      const good = await check(form, { username: 'town', password: 'pw' });
      assert.deepEqual([good.status, good.body.text?.startsWith('Koblet til InfluxDB 1.')], [200, true]);
      const bad = await check(form, { username: 'town', password: 'guess' });
      assert.equal(bad.status, 422);
      assert.match(bad.body.error ?? '', /godtar ikke/);
      assert.doesNotMatch(bad.body.error ?? '', /guess/);
      const noUrl = await check({ ...form, url: 'server:8086' }, {});
      assert.match(noUrl.body.error ?? '', /Adressen til databasen kan ikke brukes/);
      const embedded = await check({ kind: 'embedded' }, {});
      assert.match(embedded.body.text ?? '', /datamappen/);
    } finally {
      await server.stop();
    }
  });

  it('shows rows in the form before the flow is deployed', async () => {
    const running = await start({});
    await running.send('save', reading(-7));
    await eventually(async () => assert.equal(await latest(running), -7));
    const preview = (form: object) =>
      helper.request<Record<string, string>>().post('/byflyt/query/preview').send({ form, language: 'nb' });
    const answer = await preview({ ...QUERY, database: 'db', mode: 'values', source: 'real' });
    assert.equal((answer.body.rows as unknown as { snow_temperature: number }[])[0]?.snow_temperature, -7);
    const wrong = await preview({ ...QUERY, database: 'db', quantities: '' });
    assert.deepEqual([wrong.status, wrong.body.error], [422, 'Velg minst én målestørrelse.']);
    assert.equal((await preview({ ...QUERY, database: 'gone' })).status, 422);
  });

  it('names the file when the data folder cannot be used, and the store node says so too', async () => {
    await mkdir(join(folder, 'byflyt.db'));
    const running = await start({});
    await assert.rejects(
      running.send('ask', {}),
      /Ingen database er valgt, eller den valgte kunne ikke åpnes/,
    );
  });
});
