/** The server against a client on the coap library, written after the specification (`spec-client.ts`). */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { holdsKeys } from '../../../../nodes/nbiot/lwm2m-server/key-guard.ts';
import { ConnectionError, MessageError } from '../../../../nodes/observation/errors.ts';
import { eventually } from '../../../support/eventually.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { freePort } from '../../lorawan/gateway-support.ts';
import { BIN, TestServer } from './server.ts';
import { type ClientOptions, SpecClient } from './spec-client.ts';

const ENDPOINT = 'urn:dev:bin-1';
const RESOURCES = {
  '/3/0/7': 3600,
  '/3330/0/5700': 0.8,
  '/3330/0/5701': 'm',
  '/3311/0/5850': false,
  '/1/0/1': 300,
};
/** Token of an observation: the registration, and how many were begun before. */
function tokenOf({ location, requests }: SpecClient, request: string): Buffer {
  const place = requests.filter((one) => one.endsWith(' observe')).indexOf(request);
  return Buffer.concat([Buffer.from(location.slice('/rd/'.length), 'hex'), Buffer.from([0, place])]);
}

const DISTANCE = '/3330/0/5700';

describe('LwM2M server', () => {
  let state: MemoryState;
  let server: TestServer;
  let clients: SpecClient[];

  const clientOf = async (options: Partial<ClientOptions> = {}): Promise<SpecClient> => {
    const client = new SpecClient({
      endpoint: ENDPOINT,
      port: server.port,
      resources: RESOURCES,
      ...options,
    });
    clients.push(client);
    await client.open();
    return client;
  };
  /** Until the device reports. */
  const observed = (client: SpecClient, paths: readonly string[] = ['/3330/0', '/3/0/7']) =>
    eventually(() => assert.deepEqual(client.observed.toSorted(), paths.toSorted()), 3000);
  /** Until the device was asked for the last thing, which it does not have. */
  const askedAll = () =>
    eventually(() => assert.ok(server.events.some(({ path, code }) => path === '/3/0/9' && code === '4.04')));
  const answered = (state_: string) =>
    eventually(() => {
      const answer = server.answers.find((one) => one.state === state_);
      assert.ok(answer, JSON.stringify(server.answers));
      return answer;
    }, 3000);

  beforeEach(async () => {
    state = new MemoryState();
    server = new TestServer(await freePort(), state);
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  it('registers, updates and de-registers a device', async () => {
    const client = await clientOf();
    const { code, location = '' } = await client.register();
    assert.equal(code, '2.01');
    assert.match(location, /^\/rd\/[0-9a-f]{12}$/);
    assert.equal((await client.update('lt=600')).code, '2.04');
    assert.equal((await client.deregister()).code, '2.02');
    assert.equal((await client.update()).code, '4.04');
    const types = server.events.map(({ type }) => type).filter((type) => !type.includes('observing'));
    assert.deepEqual(types, ['registered', 'updated', 'deregistered']);
    const [registered] = server.events;
    assert.equal(registered?.deviceId, BIN.id);
    assert.deepEqual(registered?.objects, ['/3/0', '/3330/0', '/3311/0', '/1/0']);
  });

  it('keeps one registration of a modem, however it writes its number', async () => {
    await server.stop();
    server = new TestServer(server.port, state, { deviceOf: () => BIN });
    const names = ['urn:imei:352099001761481', '352099001761481', 'urn:imei-imsi:352099001761481-1'];
    for (const endpoint of names)
      assert.equal((await (await clientOf({ endpoint })).register()).code, '2.01');
    assert.equal(server.service.size, 1);
    const ends = server.events.filter(({ type }) => type === 'deregistered');
    assert.deepEqual(
      ends.map(({ endpoint }) => endpoint),
      names.slice(0, 2),
    );
  });

  it('lists a device that is not in the device list, and does not serve it', async () => {
    const client = await clientOf({ endpoint: 'nobody-knows-me' });
    assert.equal((await client.register()).code, '4.03');
    assert.deepEqual(server.strangers, ['nobody-knows-me']);
    assert.equal((await client.send([{ path: DISTANCE, value: 1 }])).code, '4.04');
    assert.deepEqual(client.requests, []);
    assert.equal(server.kept.length, 0);
  });

  for (const [what, query, code] of [
    ['no name', ['lt=60'], '4.00'],
    ['a lifetime that is none', ['lt=soon'], '4.00'],
    ['a version that is not known', ['lt=60'], '4.12'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const client = await clientOf({
        query,
        ...(what === 'no name' ? { endpoint: '' } : {}),
        ...(code === '4.12' ? { version: '2.0' } : {}),
      });
      assert.equal((await client.register()).code, code);
      assert.equal(server.problems.length, 1);
    });
  }

  it('has a device report, and hands on what it reports, the first answer too', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    client.change(DISTANCE, 0.75);
    await eventually(() => assert.equal(server.kept.length, 3));
    const values = server.values.filter(({ path }) => path === DISTANCE).map(({ value }) => value);
    assert.deepEqual(values, [0.8, 0.75]);
    const [first] = server.kept.filter(({ datagram }) => datagram.path === '/3330/0');
    assert.equal(first?.topic, `lwm2m/${ENDPOINT}/3330/0`);
    assert.equal(first?.datagram.endpoint, ENDPOINT);
    assert.equal(first?.datagram.contentFormat, 112);
  });

  it('takes the format that the device knows: SenML JSON', async () => {
    const client = await clientOf({ formats: [110] });
    await client.register();
    await observed(client);
    await eventually(() => assert.equal(server.kept.length, 2));
    assert.deepEqual([...new Set(server.kept.map(({ datagram }) => datagram.contentFormat))], [110]);
  });

  it('takes TLV of a device of version 1.0, which it need not announce', async () => {
    const client = await clientOf({ formats: [11_542], version: '1.0', query: ['lt=300', 'b=U'] });
    await client.register();
    await observed(client);
    client.change(DISTANCE, 0.75);
    await eventually(() => assert.equal(server.kept.length, 3));
    assert.deepEqual([...new Set(server.kept.map(({ datagram }) => datagram.contentFormat))], [11_542]);
    const values = server.values
      .filter(({ path }) => path !== '/3330/0/5701')
      .map(({ path, value }) => [path, value]);
    assert.deepEqual(values, [
      [DISTANCE, 0.8],
      ['/3/0/7', 3600],
      [DISTANCE, 0.75],
    ]);
  });

  it('tries formats until one fits, if the device did not say which it knows', async () => {
    const client = await clientOf({ formats: [110], version: '1.0', query: ['lt=300', 'b=U'] });
    await client.register();
    server.service.command(BIN.id, { read: '/3/0/7' }, undefined);
    // A client of version 1.0 that knows neither TLV nor its JSON: the last attempt leaves the format to it.
    const { values } = await answered('done');
    assert.deepEqual(values, { '/3/0/7': 3600 });
  });

  it('asks for what the form says alone, with its periods', async () => {
    await server.stop();
    server = new TestServer(server.port, state, {
      settings: {
        rows: [{ path: '/3330/*/5700', pmin: 10, pmax: 3600 }],
        ...{ strangers: false, allowed: [], awake: 93_000, patience: 1000 },
      },
    });
    const client = await clientOf();
    await client.register();
    await observed(client, [DISTANCE]);
    assert.equal(client.attributes.get(DISTANCE), 'pmin=10&pmax=3600');
    const simple = await clientOf();
    simple.isSimple = true;
    await simple.register();
    await observed(simple, [DISTANCE]);
    const told = server.events.filter(({ type }) => type === 'attributes-refused');
    assert.deepEqual(
      told.map(({ path, code }) => [path, code]),
      [[DISTANCE, '4.05']],
    );
  });

  it('does not ask again for what a device does not have', async () => {
    const client = await clientOf({ resources: { '/3330/0/5701': 'm' } });
    await client.register();
    await observed(client, ['/3330/0']);
    await client.update();
    await client.update();
    assert.equal(client.requests.filter((request) => request.startsWith('GET /3330/0 ')).length, 1);
  });

  it('asks a device that was busy again when it speaks next', async () => {
    const client = await clientOf();
    client.isBusy = true;
    await client.register();
    await eventually(() => assert.ok(client.requests.includes('GET /3/0/7 observe')));
    client.isBusy = false;
    await client.update();
    await observed(client);
    await askedAll();
    // Its trouble may come as a report, too, also as its answer once more.
    const begun = () => client.requests.filter((request) => request === 'GET /3330/0 observe').length;
    const before = begun();
    const token = tokenOf(client, 'GET /3330/0 observe');
    const source = { address: '127.0.0.1', port: client.localPort };
    const trouble = { code: '5.03', payload: Buffer.alloc(0), token };
    assert.equal(await server.service.notify(trouble, source), true);
    await delay(20);
    assert.equal(begun(), before);
    await client.update();
    await eventually(() => assert.equal(begun(), before + 1));
  });

  it('lets nobody take over a registration from an address that is not the device’s', async () => {
    let isElsewhere = false;
    await server.stop();
    server = new TestServer(server.port, state, {
      deviceOf: () => {
        if (isElsewhere) throw new MessageError({ key: 'nbiot.error.otherAddress' });
        return BIN;
      },
    });
    const client = await clientOf();
    await client.register();
    isElsewhere = true;
    assert.equal((await client.update()).code, '4.03');
    assert.equal((await client.register()).code, '4.03');
    isElsewhere = false;
    assert.equal((await client.update()).code, '2.04');
  });

  it('serves a device no more that was taken out of the device list', async () => {
    let devices = [BIN];
    await server.stop();
    server = new TestServer(server.port, state, { deviceOf: () => devices[0] });
    const client = await clientOf();
    await client.register();
    devices = [];
    assert.equal((await client.update()).code, '4.03');
    assert.equal(server.service.size, 0);
  });

  it('knows its own resources and methods', async () => {
    const client = await clientOf();
    await client.register();
    assert.equal((await client.ask('GET', '/.well-known/core')).code, '2.05');
    assert.equal((await client.ask('GET', '/rd')).code, '4.05');
    assert.equal((await client.ask('POST', '/bs')).code, '4.04');
    assert.equal((await client.ask('POST', '/rd/not-there')).code, '4.04');
    // A Send must say of each value where it belongs.
    assert.equal((await client.ask('POST', '/dp', '', 0, Buffer.from('21.5'))).code, '4.15');
  });

  it('observes anew after the device registered anew, and resets notifications of before', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    const before = client.location;
    await client.register();
    assert.notEqual(client.location, before);
    await eventually(() =>
      assert.equal(client.requests.filter((request) => request === 'GET /3330/0 observe').length, 2),
    );
  });

  it('takes long values block by block, of reads and of reports', async () => {
    const long = 'a'.repeat(2500);
    const client = await clientOf({ resources: { '/3330/0/5750': 'short' } });
    await client.register();
    await observed(client, ['/3330/0']);
    await eventually(() => assert.equal(server.kept.length, 1));
    client.resources.set('/3330/0/5750', long);
    // The library's reports have one datagram each; the beginning of a longer one comes as from another device.
    const token = tokenOf(client, 'GET /3330/0 observe');
    const part = { code: '2.05', observe: 5000, contentFormat: 112, payload: Buffer.from('81', 'hex') };
    const { source } = server.kept[0]?.datagram ?? {};
    assert.ok(source);
    assert.equal(await server.service.notify({ ...part, token, isPart: true }, source), true);
    assert.deepEqual(
      server.values.map(({ value }) => value === long),
      [false, true],
    );
    server.service.command(BIN.id, { read: '/3330/0/5750' }, undefined);
    assert.deepEqual((await answered('done')).values, { '/3330/0/5750': long });
  });

  it('finds a device that has another port after an update', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    const moved = await clientOf();
    moved.location = client.location;
    assert.equal((await moved.update()).code, '2.04');
    server.service.command(BIN.id, { read: '/3/0/7' }, undefined);
    assert.deepEqual((await answered('done')).values, { '/3/0/7': 3600 });
    assert.ok(moved.requests.includes('GET /3/0/7'));
  });

  it('observes anew what was reset because it came from another address than the device told', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    const token = tokenOf(client, 'GET /3330/0 observe');
    const report = {
      code: '2.05',
      observe: 5000,
      contentFormat: 112,
      payload: Buffer.from('80', 'hex'),
      token,
    };
    assert.equal(await server.service.notify(report, { address: '127.0.0.2', port: 5683 }), false);
    assert.equal((await client.update()).code, '2.04');
    const begun = () => client.requests.filter((request) => request === 'GET /3330/0 observe').length;
    await eventually(() => assert.equal(begun(), 2));
  });

  it('serves devices that are not in the device list if the form says so', async () => {
    await server.stop();
    const settings = { strangers: true, allowed: [], awake: 93_000, patience: 1000 };
    server = new TestServer(server.port, state, { settings });
    const client = await clientOf({ endpoint: 'nobody-knows-me' });
    assert.equal((await client.register()).code, '2.01');
    await observed(client);
    assert.deepEqual(server.strangers, ['nobody-knows-me']);
    server.service.command('nobody-knows-me', { read: '/3/0/7' }, undefined);
    assert.equal((await answered('done')).device, 'nobody-knows-me');
  });

  it('cancels an observation, and begins it anew, on command', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    server.service.command(BIN.id, { cancel: '/3330/0' }, 'end');
    await observed(client, ['/3/0/7']);
    await eventually(() => assert.equal(server.events.at(-1)?.type, 'not-observing'));
    server.service.command(BIN.id, { observe: '/3330/0' }, 'begin');
    await observed(client);
    const asked = client.requests.filter((request) => request.startsWith('GET /3330/0 '));
    assert.deepEqual(asked, ['GET /3330/0 observe', 'GET /3330/0 cancel', 'GET /3330/0 observe']);
  });

  it('goes on after a restart: registrations, reports and commands', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    await eventually(() => assert.equal(server.kept.length, 2));
    await server.stop();
    state.restart();
    server = new TestServer(server.port, state);
    client.change(DISTANCE, 0.5);
    await eventually(() =>
      assert.deepEqual(server.values, [
        { path: DISTANCE, value: 0.5, time: server.values[0]?.time },
        { path: '/3330/0/5701', value: 'm', time: server.values[0]?.time },
      ]),
    );
    assert.equal((await client.update()).code, '2.04');
  });

  it('observes anew after it was away for longer than devices repeat a report', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    await eventually(() => assert.equal(server.kept.length, 2));
    const begun = () => client.requests.filter((request) => request === 'GET /3330/0 observe').length;
    for (const [minutes, expected] of [
      [1, 1],
      [10, 2],
    ] as const) {
      await server.stop();
      state.restart();
      const later = Date.now() + minutes * 60_000;
      server = new TestServer(server.port, state, { now: () => later });
      assert.equal((await client.update()).code, '2.04');
      await eventually(() => assert.equal(begun(), expected));
    }
  });

  it('takes what a device sends by itself, with its times', async () => {
    const client = await clientOf();
    await client.register();
    const values = [
      { path: DISTANCE, value: 0.9, time: 1_799_990_000 },
      { path: DISTANCE, value: 0.8, time: 1_799_993_600 },
    ];
    assert.equal((await client.send(values)).code, '2.04');
    const sent = server.kept.filter(({ datagram }) => datagram.method === 'POST');
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.datagram.path, '/dp');
    assert.equal((await client.send(values, 110)).code, '2.04');
  });

  it('acknowledges nothing that is not on disk', async () => {
    const disk = Promise.withResolvers<void>();
    let isFull = false;
    let kept = 0;
    await server.stop();
    server = new TestServer(server.port, state, {
      accept: () => {
        kept++;
        if (isFull) throw new ConnectionError({ key: 'persistence.error.write' });
        return disk.promise;
      },
    });
    const client = await clientOf();
    await client.register();
    const values = [{ path: DISTANCE, value: 0.9 }];
    const sent = client.send(values);
    assert.equal(await Promise.race([sent, delay(100, 'waiting')]), 'waiting');
    disk.resolve();
    assert.equal((await sent).code, '2.04');
    isFull = true;
    assert.equal((await client.send([{ path: DISTANCE, value: 1 }])).code, '5.03');
    await observed(client);
    const token = tokenOf(client, 'GET /3330/0 observe');
    const report = {
      code: '2.05',
      observe: 5000,
      contentFormat: 112,
      payload: Buffer.from('80', 'hex'),
      token,
    };
    const source = { address: '127.0.0.1', port: client.localPort };
    await assert.rejects(server.service.notify(report, source), { key: 'persistence.error.write' });
    const begun = () => client.requests.filter((request) => request === 'GET /3330/0 observe').length;
    assert.equal(begun(), 1);
    // The device sends it again: it is no repetition of what was kept.
    isFull = false;
    kept = 0;
    assert.equal(await server.service.notify(report, source), true);
    assert.equal(kept, 1);
    // Had it given up, it would not observe any more.
    await eventually(() => assert.equal(begun(), 2));
  });

  it('takes a report once, in the order in which the device made them', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    await eventually(() => assert.equal(server.kept.length, 2));
    const [kept] = server.kept.filter(({ datagram }) => datagram.path === '/3330/0');
    const { payload = Buffer.alloc(0), source } = kept?.datagram ?? {};
    assert.ok(source);
    const token = tokenOf(client, 'GET /3330/0 observe');
    const report = { code: '2.05', contentFormat: 112, payload, token };
    assert.equal(await server.service.notify({ ...report, observe: 1000 }, source), true);
    assert.equal(server.kept.length, 3);
    // Overtaken on its way, and the same again: acknowledged, and nothing more.
    assert.equal(await server.service.notify({ ...report, observe: 999 }, source), true);
    assert.equal(await server.service.notify({ ...report, observe: 1000 }, source), true);
    assert.equal(server.kept.length, 3);
    const elsewhere = { address: '10.0.0.9', port: source.port };
    assert.equal(await server.service.notify({ ...report, observe: 1001 }, elsewhere), false);
    const unasked = { ...report, token: Buffer.from('0102030405060708', 'hex') };
    assert.equal(await server.service.notify(unasked, source), false);
    assert.equal(server.kept.length, 3);
  });

  it('keeps nothing of the object that holds keys', async () => {
    const client = await clientOf();
    await client.register();
    await observed(client);
    await eventually(() => assert.equal(server.kept.length, 2));
    for (const format of [112, 110]) {
      const keys = [
        { path: DISTANCE, value: 1 },
        { path: '/0/0/5', value: 'secret-key' },
      ];
      assert.equal((await client.send(keys, format)).code, '4.00');
    }
    for (const name of ['0/0/5', '//0/0/5', 'urn:dev:os:1:/0/0/5', '21/0/3']) {
      const pack = Buffer.from(JSON.stringify([{ n: name, vd: 'c2VjcmV0' }]));
      assert.equal(holdsKeys('/dp', 110, pack), true, name);
    }
    for (const name of [
      '/3303/0/5700',
      '3303/0/5700',
      'urn:dev:ow:10e2073a0108006:temp',
      '/10/0/5',
      '/3/0/0',
    ]) {
      const pack = Buffer.from(JSON.stringify([{ n: name, v: 1 }]));
      assert.equal(holdsKeys('/dp', 110, pack), false, name);
    }
    assert.equal(server.kept.length, 2);
    assert.ok(!client.requests.some((request) => / \/0/.test(request)));
    assert.throws(() => server.service.command(BIN.id, { read: '/0/0' }, undefined), {
      key: 'nbiot.error.lwm2mKeys',
    });
  });

  it('ends a registration whose lifetime is over', async () => {
    let now = Date.now();
    await server.stop();
    server = new TestServer(server.port, state, { now: () => now });
    const client = await clientOf({ query: ['lt=60', 'b=U'] });
    await client.register();
    await observed(client);
    now += 59_000;
    server.service.expire();
    assert.equal(server.service.size, 1);
    now += 62_000;
    server.service.expire();
    assert.equal(server.service.size, 0);
    assert.equal(server.events.at(-1)?.type, 'expired');
    assert.equal((await client.update()).code, '4.04');
  });

  describe('commands', () => {
    const allow = async (allowed: readonly { path: string; lowest?: number; highest?: number }[]) => {
      await server.stop();
      server = new TestServer(server.port, state, {
        settings: { strangers: false, allowed, awake: 93_000, patience: 3_600_000 },
      });
    };

    it('reads, discovers and writes', async () => {
      await allow([{ path: '/3311' }]);
      const client = await clientOf();
      await client.register();
      server.service.command(BIN.id, { write: '/3311/0/5850', value: true }, 'w1');
      await eventually(() => assert.equal(client.resources.get('/3311/0/5850'), true));
      server.service.command(BIN.id, { read: '/3311/0/5850' }, 'r1');
      server.service.command(BIN.id, { discover: '/3330' }, 'd1');
      const done = await eventually(() => {
        const ends = server.answers.filter(({ state: end }) => end === 'done');
        assert.equal(ends.length, 3);
        return ends;
      });
      assert.deepEqual(
        done.map(({ reference, code }) => [reference, code]),
        [
          ['w1', '2.04'],
          ['r1', '2.05'],
          ['d1', '2.05'],
        ],
      );
      assert.deepEqual(done[1]?.values, { '/3311/0/5850': true });
      assert.deepEqual(Object.keys(done[2]?.links ?? {}), ['/3330/0/5700', '/3330/0/5701']);
      const states = server.answers
        .filter(({ reference }) => reference === 'w1')
        .map(({ state: one }) => one);
      assert.deepEqual(states, ['waiting', 'sent', 'done']);
    });

    it('writes several resources of an instance and leaves the rest', async () => {
      await allow([{ path: '/1/0/1' }, { path: '/1/0/2' }]);
      const client = await clientOf({ resources: { '/1/0/1': 300, '/1/0/2': 5, '/1/0/7': 'U' } });
      await client.register();
      server.service.command(BIN.id, { write: '/1/0', value: { 1: 600, 2: 10 } }, undefined);
      await answered('done');
      assert.ok(client.requests.includes('POST /1/0'));
      assert.deepEqual([...client.resources.values()], [600, 10, 'U']);
    });

    it('executes with an argument', async () => {
      await allow([{ path: '/3/0/4' }]);
      const client = await clientOf();
      await client.register();
      server.service.command(BIN.id, { execute: '/3/0/4', value: "0='now'" }, undefined);
      await answered('done');
      assert.deepEqual(client.executed, [['/3/0/4', "0='now'"]]);
    });

    it('changes nothing that is not allowed', async () => {
      await allow([{ path: '/3311/*/5851', lowest: 0, highest: 50 }]);
      const client = await clientOf();
      await client.register();
      const refused = [
        [{ write: '/3311/0/5850', value: true }, 'lwm2mNotAllowed'],
        [{ write: '/3311/0/5851', value: 51 }, 'lwm2mOutOfRange'],
        [{ write: '/3311/0', value: { 5851: 10, 5850: true } }, 'lwm2mNotAllowed'],
        [{ execute: '/3/0/4' }, 'lwm2mNotAllowed'],
        [{ attributes: '/3330', value: { pmin: 1 } }, 'lwm2mNotAllowed'],
      ] as const;
      for (const [payload, key] of refused) {
        assert.throws(() => server.service.command(BIN.id, payload, undefined), {
          key: `nbiot.error.${key}`,
          device: BIN.name,
        });
      }
      assert.equal(server.answers.length, 0);
    });

    it('tells the device’s refusal', async () => {
      const client = await clientOf();
      await client.register();
      server.service.command(BIN.id, { read: '/6/0' }, undefined);
      assert.equal((await answered('failed')).code, '4.04');
    });

    it('waits until a device in queue mode speaks, over a restart too', async () => {
      let now = Date.now();
      const sleepy = {
        now: () => now,
        settings: { strangers: false, allowed: [{ path: '/3311' }], awake: 20_000, patience: 3_600_000 },
      };
      await server.stop();
      server = new TestServer(server.port, state, sleepy);
      const client = await clientOf({ query: ['lt=3600', 'b=U', 'Q'] });
      await client.register();
      await observed(client);
      now += 30_000;
      server.service.command(BIN.id, { write: '/3311/0/5850', value: true }, 'later');
      await server.stop();
      state.restart();
      server = new TestServer(server.port, state, sleepy);
      assert.equal(client.resources.get('/3311/0/5850'), false);
      await client.update();
      await answered('done');
      assert.equal(client.resources.get('/3311/0/5850'), true);
    });

    it('asks again what got no answer, but executes nothing twice', async () => {
      await allow([{ path: '/3/0/4' }]);
      const client = await clientOf();
      await client.register();
      await observed(client);
      await askedAll();
      client.isAsleep = true;
      server.service.command(BIN.id, { execute: '/3/0/4' }, 'reboot');
      assert.equal((await answered('no-answer')).reference, 'reboot');
      server.service.command(BIN.id, { read: '/3/0/7' }, 'read');
      client.isAsleep = false;
      await client.update();
      assert.equal((await answered('done')).reference, 'read');
      assert.deepEqual(client.executed, []);
    });

    it('gives up what waited too long', async () => {
      let now = Date.now();
      await server.stop();
      server = new TestServer(server.port, state, { now: () => now });
      const client = await clientOf({ query: ['lt=86400', 'b=UQ'], version: '1.0' });
      await client.register();
      now += 100_000;
      server.service.command(BIN.id, { read: '/3/0/7' }, 'old');
      now += 3_600_000;
      server.service.expire();
      assert.deepEqual(
        server.answers.map(({ state: one }) => one),
        ['waiting', 'expired'],
      );
    });
  });
});
