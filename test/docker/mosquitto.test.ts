import assert from 'node:assert/strict';
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, connectAsync, type MqttClient } from 'mqtt';
import { accepts, freePort, type Server, startProcess } from '../support/servers.ts';
import { compose, DOCKER, read } from './stack.ts';

const PASSWORDS = { byflyt: 'password-one', 'network-server': 'password-two', health: 'password-three' };
type User = keyof typeof PASSWORDS;
const UPLINK = 'application/7/device/0102030405060708/event/up';
const COMMAND = 'application/7/device/0102030405060708/command/down';

describe("mosquitto with the stack's own files", function () {
  this.timeout(20_000);
  let folder: string;
  let port: number;
  let broker: Server;
  const clients: MqttClient[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-mosquitto-'));
    port = await freePort();
    layOut(folder, port);
    broker = await startProcess(
      { folder },
      {
        program: '/bin/sh',
        package: 'mosquitto',
        port,
        environment: {
          MQTT_PASSWORD_BYFLYT: PASSWORDS.byflyt,
          MQTT_PASSWORD_NETWORK_SERVER: PASSWORDS['network-server'],
          MQTT_PASSWORD_HEALTH: PASSWORDS.health,
        },
        ready: () => accepts(port),
        arguments: () => [join(folder, 'mosquitto/config/start.sh')],
      },
    );
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync();
  });
  after(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true });
  });

  async function signIn(username?: User, password = username && PASSWORDS[username]): Promise<MqttClient> {
    const options = { connectTimeout: 5000, reconnectPeriod: 0, protocolVersion: 5 as const };
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      ...options,
      ...(username && { username }),
      ...(password && { password }),
    });
    clients.push(client);
    return client;
  }

  /** Messages that `client` gets on `filter` while `publisher` publishes on `topics`, in order. */
  async function delivered(client: MqttClient, filter: string, publisher: MqttClient, topics: string[]) {
    const seen: string[] = [];
    client.on('message', (topic) => seen.push(topic));
    await client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
    for (const topic of topics) await publisher.publishAsync(topic, 'x', { qos: 1 }).catch(() => undefined);
    // The broker answers this after all that it has sent to the client before.
    await client.unsubscribeAsync(filter);
    return seen;
  }

  it('refuses whoever has no user name, no password or a wrong one', async () => {
    await assert.rejects(signIn());
    await assert.rejects(signIn('byflyt', ''));
    await assert.rejects(signIn('byflyt', PASSWORDS.health));
  });

  it('lets a network server publish what the shipped flows listen to, and Byflyt read it', async () => {
    const topics = flowTopics().map((topic) => topic.replaceAll('+', 'x1'));
    assert.ok(topics.length >= 4);
    const seen = await delivered(await signIn('byflyt'), '#', await signIn('network-server'), topics);
    assert.deepEqual(seen, topics);
  });

  it('lets a network server read its commands and nothing else', async () => {
    const [byflyt, server, other] = [
      await signIn('byflyt'),
      await signIn('network-server'),
      await signIn('network-server'),
    ];
    assert.deepEqual(await delivered(server, COMMAND, byflyt, [COMMAND]), [COMMAND]);
    assert.deepEqual(await delivered(server, '#', other, [UPLINK, 'v3/app@ttn/devices/bin-1/up']), []);
  });

  it("keeps everybody off Byflyt's own topics and off topics without a meaning", async () => {
    const topics = ['byflyt/alarm', 'anything', '$SYS/broker/uptime'];
    const seen = await delivered(await signIn('byflyt'), '#', await signIn('network-server'), topics);
    assert.deepEqual(seen, []);
  });

  it('lets the sandbox devices publish with the sign-in of Byflyt', async () => {
    const topics = [
      'v3/byflyt-sandbox@ttn/devices/ski-1/up',
      UPLINK,
      'eu868/gateway/0016c001ff10a2b3/event/up',
    ];
    assert.deepEqual(await delivered(await signIn('byflyt'), '#', await signIn('byflyt'), topics), topics);
  });

  it('lets the health check see that the broker lives, and nothing else', async () => {
    const health = await signIn('health');
    const topic = compose().services.mosquitto?.healthcheck?.test?.at(3)?.replace('$$', '$') ?? '';
    const uptime = new Promise<string>((resolve) => health.once('message', (seen) => resolve(seen)));
    await health.subscribeAsync(topic);
    assert.equal(await uptime, topic);
    assert.deepEqual(await delivered(health, '#', await signIn('network-server'), [UPLINK]), []);
  });

  it('keeps readings for Byflyt while it is away', async () => {
    const options = { clean: false, clientId: 'byflyt-test', username: 'byflyt', password: PASSWORDS.byflyt };
    const first = await connectAsync(`mqtt://127.0.0.1:${port}`, options);
    await first.subscribeAsync('application/#', { qos: 1 });
    await first.endAsync();
    await (await signIn('network-server')).publishAsync(UPLINK, 'while away', { qos: 1 });
    const again = connect(`mqtt://127.0.0.1:${port}`, options);
    clients.push(again);
    const kept = await new Promise<string>((resolve) =>
      again.once('message', (_topic, body) => resolve(`${body}`)),
    );
    assert.equal(kept, 'while away');
  });

  it('stores passwords as hashes only, for the broker alone', () => {
    const path = join(folder, 'run/passwords');
    const text = readFileSync(path, 'utf8');
    for (const [user, password] of Object.entries(PASSWORDS)) {
      assert.match(text, new RegExp(`^${user}:\\$`, 'm'));
      assert.ok(!text.includes(password));
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'run/mosquitto_sub')).mode & 0o777, 0o600);
  });
});

/** Topics that the intake nodes of the shipped flows subscribe to. */
function flowTopics(): string[] {
  const flows = join(DOCKER, '../flows');
  const nodes = globSync('*.json', { cwd: flows }).flatMap(
    (name) => JSON.parse(readFileSync(join(flows, name), 'utf8')) as { type: string; topics?: string[] }[],
  );
  return [...new Set(nodes.flatMap(({ type, topics = [] }) => (type === 'byflyt-intake' ? topics : [])))];
}

/** The container's folders below `folder`; only the paths and the port of the files change. */
function layOut(folder: string, port: number): void {
  for (const part of ['mosquitto/config', 'mosquitto/data', 'run'])
    mkdirSync(join(folder, part), { recursive: true });
  for (const name of ['start.sh', 'mosquitto.conf', 'acl']) {
    const text = read(`mosquitto/${name}`)
      .replaceAll('/run/mosquitto', join(folder, 'run'))
      .replaceAll(/(?<=^|\s)\/mosquitto\//gm, `${folder}/mosquitto/`)
      .replace('listener 1883', `listener ${port} 127.0.0.1${process.getuid?.() === 0 ? '\nuser root' : ''}`);
    writeFileSync(join(folder, 'mosquitto/config', name), text);
  }
  chmodSync(join(folder, 'mosquitto/config/start.sh'), 0o755);
}
