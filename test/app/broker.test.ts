import assert from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { startBroker } from '../../app/broker.ts';
import { freePort } from './support.ts';

const SIGN_IN = { username: 'byflyt', password: 'abcd-efgh' };

describe('embedded broker', () => {
  it('takes anyone from this computer', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '127.0.0.1', port, ...SIGN_IN });
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
    assert.equal(broker.signIn, false);
    await client.endAsync();
    await broker.close();
  });

  it('wants the sign-in when it is open to the network', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '0.0.0.0', port, ...SIGN_IN });
    const connect = (options: object): Promise<unknown> =>
      connectAsync(`mqtt://127.0.0.1:${port}`, { ...options, reconnectPeriod: 0 }, false).then((client) =>
        client.endAsync(),
      );
    assert.equal(broker.signIn, true);
    await connect(SIGN_IN);
    await assert.rejects(connect({}));
    await assert.rejects(connect({ ...SIGN_IN, password: 'abcd-efgi' }));
    await assert.rejects(connect({ ...SIGN_IN, username: 'someone' }));
    await broker.close();
  });

  it('tells when somebody listens to a topic', async () => {
    const port = await freePort();
    const broker = await startBroker({ host: '127.0.0.1', port, ...SIGN_IN });
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
});
