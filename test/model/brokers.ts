/** The brokers of the model-based test, and how they go away and come back. */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { freePort, type ServerProcess, startMosquitto, tempFolder } from '../support/servers.ts';

export interface ModelBroker {
  /** Settings of the app. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether it can be killed by itself. */
  readonly separate: boolean;
  /** Kills it; what it has acknowledged is on its disk. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** Lives in the app and goes with it. */
export const EMBEDDED_BROKER: ModelBroker = {
  settings: {},
  separate: false,
  down: async () => undefined,
  up: async () => undefined,
  stop: async () => undefined,
};

export class MosquittoBroker implements ModelBroker {
  readonly separate = true;
  readonly settings: Readonly<Record<string, string>>;
  readonly #folder: string;
  #server: ServerProcess;

  private constructor(folder: string, server: ServerProcess) {
    this.#folder = folder;
    this.#server = server;
    this.settings = { BYFLYT_MQTT_URL: server.url };
  }

  static async start(): Promise<MosquittoBroker> {
    const folder = await tempFolder();
    return new MosquittoBroker(folder, await launch(folder, await freePort()));
  }

  /** Mosquitto writes its messages when it is told to, and is killed once it has: later ones would be its own loss. */
  async down(): Promise<void> {
    const before = await this.#savedTime();
    this.#server.signal('SIGUSR1');
    await eventually(async () => {
      if ((await this.#savedTime()) === before) throw new Error('the broker has not saved its messages');
    });
    await this.#server.kill();
  }

  async up(): Promise<void> {
    this.#server = await launch(this.#folder, this.#server.port);
  }

  async stop(): Promise<void> {
    await this.#server.kill();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #savedTime(): Promise<number> {
    const file = await stat(join(this.#folder, 'mosquitto.db')).catch(() => undefined);
    return file?.mtimeMs ?? 0;
  }
}

function launch(folder: string, port: number): Promise<ServerProcess> {
  const lines = [
    'allow_anonymous true',
    'max_queued_messages 0',
    'persistence true',
    `persistence_location ${folder}/`,
  ];
  return startMosquitto({ folder, port, lines });
}
