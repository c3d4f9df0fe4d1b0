import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { ConfigurationError, ConnectionError } from '../observation/errors.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { ReceivedMessage, Transport, TransportEvents } from './transport.ts';

export interface MqttTransportOptions {
  /** mqtt://, mqtts://, ws:// or wss:// with host and port; no credentials in it. */
  url: string;
  username?: string;
  password?: string;
  /** The broker keeps messages for this name while Byflyt is away; two clients must never share one. */
  clientId: string;
  /** Topic filters; subscribed with QoS 1. */
  topics: readonly string[];
  /** 4: MQTT 3.1.1. */
  protocolVersion?: 4 | 5;
  /** Remembers the subscriptions, which outlive a connection: removed ones are cancelled. */
  state: StateStore;
  /** Wait before connecting again, ms. */
  reconnectPeriod?: number;
}

/** Messages that may be on their way to the disk at once: they share its writes. More wait in the broker. */
const WINDOW = 128;
const SESSION_SECONDS = 7 * 24 * 60 * 60;
const RECONNECT_MS = 5000;

/** Given to mqtt.js instead of "done": it goes on with the next message and leaves the acknowledgement to us. */
const ACKNOWLEDGED_LATER = new Error('acknowledged when on disk');

/**
 * Receives from an MQTT broker with a persistent session: a message is acknowledged (PUBACK) only when it is on disk,
 * and what was not acknowledged the broker delivers again after the next connection.
 */
export class MqttTransport implements Transport {
  readonly #options: MqttTransportOptions;
  readonly #events: TransportEvents;
  #client: MqttClient | undefined;
  /** Counts connections: packet ids mean something in one connection only. */
  #connection = 0;
  #inFlight = 0;
  /** On disk; acknowledged together when this turn of the event loop ends, in one write to the network. */
  #toAcknowledge: IPublishPacket[] = [];
  #paused: (() => void) | undefined;

  /** Throws ConfigurationError if the address is not one of an MQTT broker. */
  constructor(options: MqttTransportOptions, events: TransportEvents) {
    checkUrl(options.url);
    this.#options = options;
    this.#events = events;
  }

  start(): void {
    this.#events.onState('connecting');
    const client = mqtt.connect(this.#options.url, clientOptions(this.#options));
    this.#client = client;
    client.handleMessage = (packet, next) => this.#receive(client, packet, next);
    client.on('connect', () => this.#subscribe(client));
    client.on('close', () => {
      this.#connection++;
      this.#toAcknowledge = [];
      this.#events.onState('disconnected');
    });
    client.on('error', (error) => this.#events.onError(connectionError(this.#options.url, error)));
  }

  async stop(forGood = false): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    try {
      if (forGood && client.connected) await client.unsubscribeAsync([...this.#options.topics]);
      await this.#idle();
      this.#acknowledge(client);
    } finally {
      // Else it would connect again and again under a name that another may have by now.
      await client.endAsync(!client.connected);
    }
  }

  /** Lets mqtt.js go on at once, so that messages share writes to the disk, up to the window. */
  #receive(client: MqttClient, packet: IPublishPacket, next: (error?: Error) => void): void {
    const proceed = () => next(packet.qos === 1 ? ACKNOWLEDGED_LATER : undefined);
    // Stopping: the broker keeps it for the next start.
    if (this.#client === client) this.#take(client, packet);
    if (this.#inFlight < WINDOW) proceed();
    else this.#paused = proceed;
  }

  #take(client: MqttClient, packet: IPublishPacket): void {
    const connection = this.#connection;
    this.#inFlight++;
    this.#events.onMessage(received(packet)).then(
      () => {
        if (packet.qos === 1 && connection === this.#connection) this.#acknowledgeSoon(client, packet);
        this.#finished();
      },
      (error: unknown) => {
        this.#refused(client, error);
        this.#finished();
      },
    );
  }

  #acknowledgeSoon(client: MqttClient, packet: IPublishPacket): void {
    if (this.#toAcknowledge.length === 0) setImmediate(() => this.#acknowledge(client));
    this.#toAcknowledge.push(packet);
  }

  #acknowledge(client: MqttClient): void {
    const packets = this.#toAcknowledge;
    this.#toAcknowledge = [];
    // mqtt.js itself only acknowledges one message after the other, in writes of their own.
    if (packets.length > 0 && client.stream.writable) client.stream.write(pubacks(packets));
  }

  /** Not on disk, so not acknowledged: the broker delivers again on a new connection. */
  #refused(client: MqttClient, error: unknown): void {
    this.#events.onError(error);
    client.stream.destroy();
  }

  #finished(): void {
    this.#inFlight--;
    const proceed = this.#paused;
    this.#paused = undefined;
    proceed?.();
  }

  async #idle(): Promise<void> {
    while (this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #subscribe(client: MqttClient): void {
    const { topics, clientId, state, url } = this.#options;
    const key = `intake.topics/${clientId}`;
    const gone = (state.get<string[]>(key) ?? []).filter((topic) => !topics.includes(topic));
    const report = (error?: Error | null) => {
      if (error) this.#events.onError(connectionError(url, error));
    };
    if (gone.length > 0) client.unsubscribe(gone, report);
    client.subscribe([...topics], { qos: 1 }, (error, granted) => {
      const refused = granted?.find(({ qos }) => qos === 128)?.topic;
      if (refused !== undefined) {
        this.#events.onError(
          new ConnectionError({ key: 'intake.error.topicRefused', parameters: { topic: refused } }),
        );
      }
      report(error);
      if (error) return;
      state.set(key, [...topics]);
      state.flush();
      this.#events.onState('connected');
    });
  }
}

function clientOptions(options: MqttTransportOptions): IClientOptions {
  const { clientId, username, password, protocolVersion = 4, reconnectPeriod = RECONNECT_MS } = options;
  return {
    clientId,
    protocolVersion,
    clean: false,
    reconnectPeriod,
    reconnectOnConnackError: true,
    resubscribe: false,
    // 10 MB of ready-made numbers for writing, where we hardly write.
    writeCache: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: SESSION_SECONDS } } : {}),
  };
}

function received({ topic, payload, properties }: IPublishPacket): ReceivedMessage {
  const contentType = properties?.contentType;
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return contentType === undefined ? { topic, body } : { topic, body, contentType };
}

/** PUBACK packets, the same in MQTT 3.1.1 (3.4) and 5 (3.4.2.1): type, two bytes that follow, packet id. */
function pubacks(packets: readonly IPublishPacket[]): Buffer {
  const bytes = Buffer.allocUnsafe(packets.length * PUBACK_BYTES);
  for (const [index, { messageId = 0 }] of packets.entries()) {
    const at = index * PUBACK_BYTES;
    bytes.writeUInt16BE(PUBACK_HEADER, at);
    bytes.writeUInt16BE(messageId, at + 2);
  }
  return bytes;
}

const PUBACK_BYTES = 4;
const PUBACK_HEADER = 0x40_02;

const PROTOCOLS = new Set(['mqtt:', 'mqtts:', 'ws:', 'wss:', 'tcp:', 'tls:', 'ssl:']);

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // A password in the address would stand in the flow file.
  const hasSignIn = url !== undefined && url.username + url.password !== '';
  if (url && PROTOCOLS.has(url.protocol) && url.hostname !== '' && !hasSignIn) return;
  throw new ConfigurationError({ key: 'intake.error.brokerUrl' });
}

/** Codes of CONNACK that mean "wrong user name or password" and "not allowed": MQTT 3.1.1, then 5. */
const REFUSALS = new Set([4, 5, 134, 135]);

function connectionError(url: string, error: Error): ConnectionError {
  const code = 'code' in error ? error.code : undefined;
  const refused = typeof code === 'number' && REFUSALS.has(code);
  const parameters = { broker: new URL(url).host };
  return new ConnectionError(
    refused
      ? { key: 'intake.error.signInRefused', parameters }
      : {
          key: 'intake.error.brokerAway',
          parameters: { ...parameters, reason: String(code ?? error.message) },
        },
    { cause: error },
  );
}
