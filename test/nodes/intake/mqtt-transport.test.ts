import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mqtt, { type MqttClient } from 'mqtt';
import { clientIdFor, isIntakeClient } from '../../../nodes/intake/client-id.ts';
import { MqttTransport, type MqttTransportOptions } from '../../../nodes/intake/mqtt-transport.ts';
import type { ReceivedMessage, TransportState } from '../../../nodes/intake/transport.ts';
import { ByflytError, ConfigurationError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type Server, startAedes, startMosquitto, tempFolder } from '../../support/servers.ts';

/** A transport with what came in, and a disk that the test can stop. */
class Bench {
  readonly received: string[] = [];
  readonly states: TransportState[] = [];
  readonly errors: unknown[] = [];
  /** Replaces "on disk at once". */
  keep: (message: ReceivedMessage) => Promise<void> = async () => undefined;
  readonly transport: MqttTransport;

  constructor(options: Omit<MqttTransportOptions, 'reconnectPeriod'>) {
    this.transport = new MqttTransport(
      { ...options, reconnectPeriod: 50 },
      {
        onMessage: async (message) => {
          await this.keep(message);
          this.received.push(message.body.toString());
        },
        onState: (state) => this.states.push(state),
        onError: (error) => this.errors.push(error),
      },
    );
  }

  async started(): Promise<this> {
    this.transport.start();
    await until(() => this.states.includes('connected'));
    return this;
  }
}

function until(condition: () => boolean): Promise<void> {
  return eventually(() => assert.ok(condition(), `not in time: ${condition}`));
}

const brokers: [string, () => Promise<Server>][] = [
  ['Mosquitto', () => startMosquitto()],
  ['Aedes', () => startAedes()],
];

for (const [name, start] of brokers) {
  for (const protocolVersion of name === 'Mosquitto' ? ([4, 5] as const) : ([4] as const)) {
    describe(`MQTT intake with ${name}, protocol version ${protocolVersion}`, () => {
      let server: Server;
      let folder: string;
      let data: DataFolder;
      let publisher: MqttClient;
      let open: Bench[];
      let round = 0;

      before(async () => {
        server = await start();
        publisher = await mqtt.connectAsync(server.url);
      });
      after(async () => {
        await publisher.endAsync();
        await server.stop();
      });
      beforeEach(async () => {
        round++;
        folder = await tempFolder();
        data = openDataFolder(folder);
        open = [];
      });
      afterEach(async () => {
        await Promise.all(open.map(({ transport }) => transport.stop()));
        data.release();
        await rm(folder, { recursive: true });
      });

      const topic = () => `v3/round-${round}/devices/d/up`;
      const bench = (clientId = `client-${protocolVersion}-${round}`, topics = [topic()]) => {
        const made = new Bench({ url: server.url, clientId, topics, protocolVersion, state: data.state });
        open.push(made);
        return made;
      };
      const publish = (text: string, to = topic()) => publisher.publishAsync(to, text, { qos: 1 });

      it('does not acknowledge before the message is on disk: the broker delivers it again', async () => {
        const clientId = `client-${protocolVersion}-${round}`;
        const elsewhere = await tempFolder();
        const first = new DeafProcess(server.url, clientId, topic(), String(protocolVersion), elsewhere);
        await first.says('connected');
        await publish('precious');
        await first.says('message');
        await first.kill();
        await rm(elsewhere, { recursive: true });
        const second = await bench().started();
        await until(() => second.received.length === 1);
        assert.deepEqual(second.received, ['precious']);
      });

      it('does not get again what was on disk', async () => {
        const first = await bench().started();
        await publish('one');
        await until(() => first.received.length === 1);
        await first.transport.stop();
        await publish('two, while away');
        const second = await bench().started();
        await until(() => second.received.length === 1);
        await delay(50);
        assert.deepEqual(second.received, ['two, while away']);
      });

      it('has the broker keep nothing for an intake that was deleted', async () => {
        const first = await bench().started();
        await first.transport.stop(true);
        await publish('for nobody');
        const second = await bench(undefined, ['v3/elsewhere']).started();
        await delay(50);
        assert.deepEqual(second.received, []);
      });

      it('asks for the message again when the disk refuses it', async () => {
        const receiver = await bench().started();
        let refusals = 0;
        receiver.keep = async () => {
          if (refusals++ < 1)
            throw new ByflytError({ key: 'persistence.error.write', parameters: { message: 'full' } });
        };
        await publish('stubborn');
        await until(() => receiver.received.length === 1);
        assert.equal(receiver.errors.length, 1);
        assert.deepEqual(receiver.received, ['stubborn']);
      });

      it('takes a thousand messages in their order, none twice', async () => {
        const receiver = await bench().started();
        let [underway, most] = [0, 0];
        receiver.keep = async () => {
          most = Math.max(most, ++underway);
          await delay(1);
          underway--;
        };
        const sent = Array.from({ length: 1000 }, (_, index) => String(index));
        await Promise.all(sent.map((text) => publish(text)));
        await until(() => receiver.received.length >= sent.length);
        assert.deepEqual(receiver.received, sent);
        assert.ok(most <= 128, `${most} on their way to the disk at once`);
      });

      it('gives two intakes with the same topic every message each', async () => {
        const [one, two] = await Promise.all([
          bench(clientIdFor('node-one', data.state)).started(),
          bench(clientIdFor('node-two', data.state)).started(),
        ]);
        await publish('for both');
        await until(() => one.received.length === 1 && two.received.length === 1);
        await delay(50);
        assert.deepEqual([one.received, two.received], [['for both'], ['for both']]);
      });

      it('cancels a topic that is no longer in the list', async () => {
        const before = await bench(undefined, [topic(), `${topic()}/old`]).started();
        await before.transport.stop();
        const after = await bench().started();
        await publish('old', `${topic()}/old`);
        await publish('new');
        await until(() => after.received.includes('new'));
        assert.deepEqual(after.received, ['new']);
      });
    });
  }
}

describe('MQTT intake: brokers that refuse', () => {
  it('says that the sign-in was refused, names the broker, and keeps the password to itself', async () => {
    const folder = await tempFolder();
    const data = openDataFolder(folder);
    const server = await startMosquitto({ lines: ['allow_anonymous false'] });
    const url = server.url;
    const refused = new Bench({
      url,
      clientId: 'c',
      topics: ['a'],
      state: data.state,
      username: 'u',
      password: 'geheim',
    });
    refused.transport.start();
    await until(() => refused.errors.length > 0);
    await refused.transport.stop();
    await server.stop();
    data.release();
    await rm(folder, { recursive: true });
    const [error] = refused.errors;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.key, 'intake.error.signInRefused');
    assert.ok(!error.message.includes('geheim'));
  });

  it('keeps trying while the broker is away, and connects when it comes', async () => {
    const folder = await tempFolder();
    const data = openDataFolder(folder);
    const { port, url, stop } = await startAedes();
    await stop();
    const waiting = new Bench({ url, clientId: 'c', topics: ['a'], state: data.state });
    waiting.transport.start();
    await until(() => waiting.states.includes('disconnected'));
    assert.ok(waiting.errors.every((error) => error instanceof ConnectionError));
    const server = await startAedes({ port });
    await until(() => waiting.states.includes('connected'));
    await waiting.transport.stop();
    await server.stop();
    data.release();
    await rm(folder, { recursive: true });
  });

  for (const url of ['', 'broker:1883', 'http://broker', 'mqtt://', 'mqtt://user:hunter2@broker']) {
    it(`refuses the address "${url}"`, async () => {
      const folder = await tempFolder();
      const data = openDataFolder(folder);
      assert.throws(
        () => new Bench({ url, clientId: 'c', topics: ['a'], state: data.state }),
        ConfigurationError,
      );
      data.release();
      await rm(folder, { recursive: true });
    });
  }
});

describe('MQTT intake: client ids', () => {
  it('are stable per node and folder, different otherwise, and 23 characters', async () => {
    const folders = await Promise.all([tempFolder(), tempFolder()]);
    const ids = folders.map((folder) => {
      const data = openDataFolder(folder);
      const made = [clientIdFor('a', data.state), clientIdFor('a', data.state), clientIdFor('b', data.state)];
      data.release();
      const again = openDataFolder(folder);
      made.push(clientIdFor('a', again.state));
      again.release();
      return made;
    });
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    const [[a, again, b, restarted] = [], [elsewhere] = []] = ids;
    assert.deepEqual([again, restarted], [a, a]);
    assert.equal(new Set([a, b, elsewhere]).size, 3);
    assert.equal(a?.length, 23);
  });

  it('are on disk at once, so that a crash leaves no messages behind under another name', async () => {
    const folder = await tempFolder();
    const data = openDataFolder(folder);
    const id = clientIdFor('a', data.state);
    const other = new DatabaseSync(join(folder, 'byflyt.db'), { readOnly: true });
    assert.equal(other.prepare("SELECT 1 FROM state WHERE key = 'intake.installation'").all().length, 1);
    other.close();
    assert.ok(isIntakeClient(id));
    data.release();
    await rm(folder, { recursive: true });
  });
});

/** A process that receives and never gets to the disk; resolves when it said `word`. */
class DeafProcess {
  readonly #child: ChildProcess;
  #output = '';

  constructor(...parameters: string[]) {
    const script = fileURLToPath(new URL('./never-on-disk.ts', import.meta.url));
    this.#child = spawn(process.execPath, [script, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  says(word: string): Promise<void> {
    return until(() => this.#output.includes(word));
  }

  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
