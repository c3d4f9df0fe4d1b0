import { timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { Aedes, type AuthenticateError } from 'aedes';
import { Audience } from './audience.ts';
import { KeptPublications } from './kept-publications.ts';
import { listen } from './listen.ts';
import { PublicReaders } from './public-readers.ts';

export interface BrokerOptions {
  host: string;
  port: number;
  username: string;
  password: string;
  /** Lets anyone hear what is published of open data, if clients must sign in. Default: no. */
  readers?: boolean;
  /** File for publications on their way. */
  path: string;
  /** Hears of background work that failed. */
  onError(error: unknown): void;
}

export interface RunningBroker {
  /** Whether clients must sign in: always, unless only this machine can reach the broker. */
  signIn: boolean;
  /** Resolves when a client has subscribed to a filter that takes the topic. */
  listening(topic: string): Promise<void>;
  /** To be called when the intakes have subscribed: publications wait until then. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** CONNACK return code 4 of MQTT 3.1.1: bad user name or password. */
const BAD_SIGN_IN = 4;

/**
 * Starts the embedded MQTT 3.1.1 broker. Reachable from this machine only it takes anyone; opened to the
 * network it wants the generated user name and password.
 * @throws ConfigurationError if the port cannot be had.
 */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const signIn = !isLoopback(options.host);
  const broker = await Aedes.createBroker();
  const readers = signIn && options.readers ? new PublicReaders() : undefined;
  if (signIn) {
    broker.authenticate = (client, username, password, done) => {
      const isOwn = username === options.username && sameText(password, options.password);
      const known = isOwn || (readers?.has(client) ?? false);
      done(known ? null : refusal(), known);
    };
  }
  if (readers) admitReaders(broker, readers);
  const kept = new KeptPublications(broker, options.path, options.onError);
  broker.authorizePublish = (client, packet, done) => {
    if (packet.topic.startsWith('$SYS/')) done(new Error('topics of the broker itself'));
    else if (client && readers?.has(client)) done(new Error('readers do not publish'));
    else
      kept.keep(packet).then(
        () => done(null),
        (error: Error) => done(error),
      );
  };
  const audience = new Audience();
  broker.on('subscribe', (subscriptions) =>
    audience.add(subscriptions.map((subscription) => subscription.topic)),
  );
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  await listen(server, options, { host: 'BYFLYT_MQTT_HOST', port: 'BYFLYT_MQTT_PORT' });
  return {
    signIn,
    listening: (topic) => audience.wait(topic),
    open: () => kept.open(),
    async close() {
      await new Promise<void>((resolve) => broker.close(resolve));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      kept.close();
    },
  };
}

function admitReaders(broker: Aedes, readers: PublicReaders): void {
  broker.preConnect = (client, packet, done) => {
    readers.meet(client, packet);
    done(null, true);
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const isAllowed = !client || !readers.has(client) || readers.mayHear(client, subscription.topic);
    done(null, isAllowed ? subscription : null);
  };
}

/** True if only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function refusal(): AuthenticateError {
  return Object.assign(new Error('bad user name or password'), { returnCode: BAD_SIGN_IN });
}

function sameText(given: Buffer | undefined, wanted: string): boolean {
  const bytes = Buffer.from(wanted);
  return given?.length === bytes.length && timingSafeEqual(given, bytes);
}
