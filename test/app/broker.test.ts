import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type BrokerOptions, startBroker } from '../../app/broker.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, tempFolder } from '../support/servers.ts';

const SIGN_IN = { username: 'byflyt', password: 'abcd-efgh' };

describe('embedded broker', () => {
  let folder: string;
  let options: Omit<BrokerOptions, 'host' | 'port'>;
  const problems: unknown[] = [];

  beforeEach(async () => {
    folder = await tempFolder();
    options = { ...SIGN_IN, path: join(folder, 'broker'), onError: (error) => problems.push(error) };
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    assert.deepEqual(problems, []);
  });

  it('takes anyone from this computer', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '127.0.0.1', port, ...options });
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
    assert.equal(broker.signIn, false);
    await client.endAsync();
    await broker.close();
  });

  it('wants the sign-in when it is open to the network', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '0.0.0.0', port, ...options });
    const signInWith = (signIn: object): Promise<unknown> =>
      connectAsync(`mqtt://127.0.0.1:${port}`, { ...signIn, reconnectPeriod: 0 }, false).then((client) =>
        client.endAsync(),
      );
    assert.equal(broker.signIn, true);
    await signInWith(SIGN_IN);
    await assert.rejects(signInWith({}));
    await assert.rejects(signInWith({ ...SIGN_IN, password: 'abcd-efgi' }));
    await assert.rejects(signInWith({ ...SIGN_IN, username: 'someone' }));
    await broker.close();
  });

  it('lets readers hear what is published, and do nothing else, if that is wanted', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '0.0.0.0', port, ...options, readers: true });
    const address = `mqtt://127.0.0.1:${port}`;
    const own = await connectAsync(address, { ...SIGN_IN, clientId: 'intake' });
    await own.subscribeAsync('#');
    await broker.open();
    const ownHeard: string[] = [];
    own.on('message', (topic) => ownHeard.push(topic));
    // With the id of the intake, a session that is to be kept and a last will: none of them is granted.
    const will = {
      topic: 'v3/app/devices/a/up',
      payload: Buffer.from('forged'),
      qos: 1 as const,
      retain: true,
    };
    const reader = await connectAsync(address, {
      clientId: 'intake',
      clean: false,
      will,
      reconnectPeriod: 0,
    });
    const heard: string[] = [];
    reader.on('message', (topic) => heard.push(topic));
    const granted = await reader.subscribeAsync([
      'v1.1/Observations',
      'v1.1/Datastreams(7)/Observations',
      'v1.1/#',
    ]);
    assert.deepEqual(
      granted.map(({ qos }) => qos),
      [0, 0, 0],
    );
    for (const filter of ['#', '+/#', 'v3/#', 'v1.1', '$SYS/#', '+/Observations'])
      await assert.rejects(reader.subscribeAsync(filter), filter);
    for (const topic of ['v1.1/Observations', 'v1.1/Datastreams(7)/Observations', 'v3/app/devices/a/up'])
      await own.publishAsync(topic, '{}', { qos: 1 });
    await eventually(() => assert.equal(ownHeard.length, 3));
    assert.deepEqual([...new Set(heard)].sort(), ['v1.1/Datastreams(7)/Observations', 'v1.1/Observations']);
    const gone = new Promise<void>((resolve) => reader.once('close', () => resolve()));
    reader.publish('v1.1/Observations', 'forged');
    await gone;
    await own.publishAsync('last', '');
    await eventually(() => assert.equal(ownHeard.at(-1), 'last'));
    assert.deepEqual(ownHeard, [
      'v1.1/Observations',
      'v1.1/Datastreams(7)/Observations',
      'v3/app/devices/a/up',
      'last',
    ]);
    await assert.rejects(
      connectAsync(address, { username: 'byflyt', password: 'wrong', reconnectPeriod: 0 }, false),
    );
    await own.endAsync();
    await broker.close();
  });

  it('takes only so many readers and topics', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '0.0.0.0', port, ...options, readers: true });
    const address = `mqtt://127.0.0.1:${port}`;
    const readers = await Promise.all(
      Array.from({ length: 200 }, () => connectAsync(address, { reconnectPeriod: 0 })),
    );
    await assert.rejects(connectAsync(address, { reconnectPeriod: 0 }, false));
    const [first] = readers;
    for (let at = 0; at < 20; at += 1) await first?.subscribeAsync(`v1.1/Datastreams(${at})/Observations`);
    await assert.rejects(async () => first?.subscribeAsync('v1.1/Observations'));
    await first?.endAsync();
    await eventually(async () => (await connectAsync(address, { reconnectPeriod: 0 }, false)).endAsync());
    await Promise.all(readers.slice(1).map((reader) => reader.endAsync()));
    await broker.close();
  });

  it('tells when somebody listens to a topic', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '127.0.0.1', port, ...options });
    const heard: string[] = [];
    const wait = (topic: string): Promise<void> => broker.listening(topic).then(() => void heard.push(topic));
    const waits = [wait('v3/app/devices/a/up'), wait('eu868/gateway/1/event/up'), wait('v3/app/other')];
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
    await client.subscribeAsync(['v3/+/devices/+/up', 'eu868/#']);
    await Promise.all(waits.slice(0, 2));
    assert.deepEqual(heard.sort(), ['eu868/gateway/1/event/up', 'v3/app/devices/a/up']);
    await client.endAsync();
    await broker.close();
  });

  it('acknowledges a publication when intakes can receive it, and delivers it again until they have it', async () => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const session = { clientId: 'byflyt-intake', clean: false, reconnectPeriod: 0 };
    const first = await startBroker({ host: '127.0.0.1', port, ...options });
    const sensor = await connectAsync(url, { reconnectPeriod: 0 });
    let acknowledged = false;
    const publication = sensor.publishAsync('a/up', 'reading', { qos: 1 }).then(() => {
      acknowledged = true;
    });
    const deaf = await connectAsync(url, session);
    deaf.handleMessage = () => undefined;
    await deaf.subscribeAsync('a/+', { qos: 1 });
    assert.equal(acknowledged, false, 'nobody could receive it');
    await first.open();
    await publication;
    await Promise.all([deaf.endAsync(true), sensor.endAsync(true)]);
    await first.close();

    for (const expected of [['reading'], []]) {
      const broker = await startBroker({ host: '127.0.0.1', port, ...options });
      const received: string[] = [];
      const intake = await connectAsync(url, session);
      intake.on('message', (_topic, body) => received.push(body.toString()));
      await intake.subscribeAsync('a/+', { qos: 1 });
      await broker.open();
      await eventually(() => assert.equal(received.length, expected.length));
      await delay(50);
      assert.deepEqual(received, expected);
      await intake.endAsync();
      await broker.close();
    }
  });

  it('takes no harm from a client that acknowledges what it never got', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '127.0.0.1', port, ...options });
    const stranger = connect(port, '127.0.0.1');
    const connectPacket = [0x10, 0x0d, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, 1, 0x61];
    const pubackOfNothing = [0x40, 2, 0xff, 0xff];
    stranger.write(Buffer.from([...connectPacket, ...pubackOfNothing]));
    await delay(100);
    stranger.destroy();
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    await client.endAsync();
    await broker.close();
  });

  it('refuses topics of its own', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '127.0.0.1', port, ...options });
    await broker.open();
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    client.publish('$SYS/x', 'y', { qos: 1 });
    await new Promise<void>((resolve) => client.once('close', () => resolve()));
    await broker.close();
  });
});
