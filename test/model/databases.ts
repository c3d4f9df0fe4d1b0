/** The databases of the model-based test: what is in them, and how they go away and come back. */
import { rm } from 'node:fs/promises';
import { embeddedValues, influxdbValues, type ReadValues } from '../support/saved-values.ts';
import { freePort, type ServerProcess, startInfluxdb, tempFolder } from '../support/servers.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** refused: nobody listens; stalled: the network takes everything and answers nothing; paused: the server hangs. */
export const OUTAGES = ['killed', 'refused', 'stalled', 'paused'] as const;
export type Outage = (typeof OUTAGES)[number];

export interface ModelDatabase {
  /** Settings of the app. */
  readonly settings: Readonly<Record<string, string>>;
  /** Outages that this one can have. */
  readonly outages: readonly Outage[];
  readonly values: ReadValues;
  down(outage: Outage): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** The embedded store has no outage of its own: it lives in the app. */
export function embeddedDatabase(folder: () => string): ModelDatabase {
  return {
    settings: {},
    outages: [],
    values: (...asked) => embeddedValues(folder())(...asked),
    down: async () => undefined,
    up: async () => undefined,
    stop: async () => undefined,
  };
}

/** A real InfluxDB behind a network that can fail. */
export class InfluxDatabase implements ModelDatabase {
  readonly outages = OUTAGES;
  readonly settings: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #proxy: TcpProxy;
  #server: ServerProcess;
  #outage: Outage | undefined;

  private constructor(folder: string, proxy: TcpProxy, server: ServerProcess) {
    this.#folder = folder;
    this.#proxy = proxy;
    this.#server = server;
    this.settings = { BYFLYT_DATABASE_URL: proxy.url };
  }

  static async start(): Promise<InfluxDatabase> {
    const folder = await tempFolder();
    const server = await startInfluxdb({ folder });
    return new InfluxDatabase(folder, await TcpProxy.start(await freePort(), server.port), server);
  }

  values(...asked: Parameters<ReadValues>): ReturnType<ReadValues> {
    return influxdbValues(this.#server.url)(...asked);
  }

  async down(outage: Outage): Promise<void> {
    this.#outage = outage;
    if (outage === 'killed') await this.#server.kill();
    else if (outage === 'paused') this.#server.signal('SIGSTOP');
    else await this.#proxy.set(outage);
  }

  async up(): Promise<void> {
    const outage = this.#outage;
    this.#outage = undefined;
    if (outage === 'killed')
      this.#server = await startInfluxdb({ folder: this.#folder, port: this.#server.port });
    else if (outage === 'paused') this.#server.signal('SIGCONT');
    else await this.#proxy.set('open');
  }

  async stop(): Promise<void> {
    await this.#proxy.stop();
    await this.#server.kill();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
