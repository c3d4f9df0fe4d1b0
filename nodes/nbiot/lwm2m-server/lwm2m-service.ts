import type { Device } from '../../devices/device.ts';
import type { ReceivedMessage } from '../../intake/transport.ts';
import { ConnectionError, MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Source } from '../envelope.ts';
import { Asker } from './asker.ts';
import type { Allowance } from './command.ts';
import { CommandBook } from './command-book.ts';
import { type Addressee, COMMAND, Commander, unknownDevice } from './commander.ts';
import { DeviceInterface, type ServerReply, type ServerRequest } from './device-interface.ts';
import type { DeviceLink } from './device-link.ts';
import { DeviceQueues, type Task } from './device-queue.ts';
import { type ObserveRow, readToken } from './observe.ts';
import { type Notification, Observer } from './observer.ts';
import { objectPaths, type Registration } from './registration.ts';
import { Registrations } from './registrations.ts';
import type { CommandReport, DeviceEvent } from './reports.ts';

export interface Lwm2mServiceOptions {
  state: StateStore;
  /** Id of the node. */
  scope: string;
  link: DeviceLink;
  settings: Lwm2mServiceSettings;
  /** The device of the list behind a name. Throws MessageError if it may not be it (another address). */
  deviceOf(endpoint: string, source: Source): Device | undefined;
  /** A device that a command names by its id. */
  deviceById(id: string): Device | undefined;
  /** What devices of a model are asked to report, if the model says. */
  modelRows?(device: Device): readonly ObserveRow[] | undefined;
  /** Resolves when the message is on disk. */
  accept(message: ReceivedMessage): Promise<void>;
  /** Somebody registered who is not in the list. */
  onStranger(endpoint: string, source: Source): void;
  onEvent(event: DeviceEvent): void;
  onAnswer(report: CommandReport): void;
  /** Something is wrong with one device or message. */
  onProblem(error: unknown): void;
  describe(error: unknown): string;
  now?: () => number;
}

export interface Lwm2mServiceSettings {
  /** Devices that are not in the list are served too. */
  strangers: boolean;
  /** What devices report; absent: what their model says, or the usual. */
  rows?: readonly ObserveRow[];
  allowed: readonly Allowance[];
  /** ms that a sleeping device listens after each message. */
  awake: number;
  /** ms that a command waits. */
  patience: number;
}

/** An LwM2M server (OMA LwM2M TS 1.0 and 1.1) above CoAP: registrations, reports, commands. */
export class Lwm2mService {
  readonly #options: Lwm2mServiceOptions;
  readonly #registrations: Registrations;
  readonly #queues: DeviceQueues;
  readonly #observer: Observer;
  readonly #commander: Commander;
  readonly #devices: DeviceInterface;
  /** Registrations whose observations were compared with what is wanted since the start. */
  readonly #compared = new Set<string>();
  readonly #now: () => number;

  constructor(options: Lwm2mServiceOptions) {
    const { state, scope, link, settings, now = Date.now } = options;
    this.#options = options;
    this.#now = now;
    this.#registrations = new Registrations({ state, scope, now: now() });
    const registrations = this.#registrations;
    const asker = new Asker(link, registrations, now);
    this.#queues = new DeviceQueues({
      find: (endpoint) => registrations.byEndpoint(endpoint),
      awake: settings.awake,
      now,
      onError: options.onProblem,
    });
    this.#observer = new Observer({
      registrations,
      asker,
      rowsFor: (registration) => this.#rowsFor(registration),
      accept: options.accept,
      onEvent: (registration, event) => this.#tell(registration, event),
      now,
    });
    this.#commander = new Commander({
      book: new CommandBook(state, scope),
      queues: this.#queues,
      asker,
      observer: this.#observer,
      allowed: settings.allowed,
      patience: settings.patience,
      tell: options.onAnswer,
      describe: options.describe,
      now,
    });
    this.#devices = new DeviceInterface({
      registrations,
      observer: this.#observer,
      isServed: (endpoint, source) => this.#isServed(endpoint, source),
      onRegistered: (registration, before) => this.#registered(registration, before),
      onUpdated: (registration, hasNewLinks) => {
        if (hasNewLinks) this.#compared.delete(registration.id);
        this.#tell(registration, { type: 'updated' });
      },
      onDeregistered: (registration) => this.#ended(registration, 'deregistered'),
      onHeard: ({ endpoint }) => this.#spoke(endpoint),
      onProblem: options.onProblem,
      now,
    });
  }

  /** Registered devices. */
  get size(): number {
    return this.#registrations.size;
  }

  /** Takes up what an earlier run left; to be called when devices can be reached. */
  start(): void {
    this.#commander.resume();
  }

  close(): void {
    this.#queues.close();
  }

  /** See DeviceInterface. */
  answer(request: ServerRequest, source: Source): Promise<ServerReply> {
    return this.#devices.answer(request, source);
  }

  /** Takes a notification; false if nobody asked for it (any more). Rejects if it could not be kept. */
  async notify(notification: Notification, source: Source): Promise<boolean> {
    const { id = '' } = readToken(notification.token) ?? {};
    try {
      const registration = await this.#observer.take(source, notification);
      if (registration && notification.code === '2.05') this.#spoke(registration.endpoint);
      // The reset, or the device's own error, ends something that may still be wanted: when it speaks next, not at once.
      else this.#compared.delete(id);
      return registration !== undefined;
    } catch (error) {
      this.#options.onProblem(error);
      if (error instanceof MessageError) return true;
      this.#compared.delete(id);
      throw error;
    }
  }

  /** A command from the flow: `topic` is the device's id, or its endpoint name if it is not in the list. Throws MessageError. */
  command(topic: string, payload: unknown, reference: string | undefined): void {
    this.#commander.take(payload, this.#addressee(topic), reference);
  }

  /** Ends registrations and commands whose time is over. */
  expire(): void {
    for (const registration of this.#registrations.expired(this.#now())) {
      this.#registrations.remove(registration.endpoint);
      this.#ended(registration, 'expired');
    }
    this.#commander.expire();
  }

  /** Whether a device is in the list, or strangers are served too. Throws MessageError if it may not be that device. */
  #isServed(endpoint: string, source: Source): boolean {
    const { deviceOf, onStranger, settings } = this.#options;
    if (deviceOf(endpoint, source)) return true;
    onStranger(endpoint, source);
    return settings.strangers;
  }

  #registered(registration: Registration, before: string | undefined): void {
    if (before !== undefined) this.#compared.delete(before);
    this.#queues.drop(registration.endpoint, isReport);
    this.#tell(registration, { type: 'registered', objects: objectPaths(registration) });
  }

  /** The device listens now: once it has its answer, what waits for it is sent. */
  #spoke(endpoint: string): void {
    setImmediate(() => {
      this.#observe(endpoint);
      this.#queues.heard(endpoint);
    });
  }

  #observe(endpoint: string): void {
    const registration = this.#registrations.byEndpoint(endpoint);
    if (!registration || this.#compared.has(registration.id)) return;
    this.#compared.add(registration.id);
    const { begin, end } = this.#observer.changes(registration);
    for (const row of begin) {
      this.#ask(endpoint, `report ${row.path}`, (current) => this.#observer.begin(current, row));
    }
    for (const path of end) {
      this.#ask(endpoint, `end ${path}`, (current) => this.#observer.end(current, path));
    }
  }

  #ask(endpoint: string, name: string, work: (registration: Registration) => Promise<unknown>): void {
    const run = async (registration: Registration): Promise<'done' | 'asleep'> => {
      try {
        await work(registration);
        // What could not be begun is tried again when the device speaks next.
        const { observations = [] } = this.#registrations.byId(registration.id) ?? {};
        if (observations.some(({ state }) => state === 'asked')) this.#compared.delete(registration.id);
        return 'done';
      } catch (error) {
        if (error instanceof ConnectionError) return 'asleep';
        throw error;
      }
    };
    this.#queues.add(endpoint, { name, run });
  }

  #ended(registration: Registration, type: 'deregistered' | 'expired'): void {
    this.#compared.delete(registration.id);
    this.#queues.drop(registration.endpoint, isReport);
    this.#tell(registration, { type });
  }

  #rowsFor({ endpoint, source }: Registration): readonly ObserveRow[] | undefined {
    const { settings, modelRows } = this.#options;
    if (settings.rows) return settings.rows;
    const device = this.#deviceOf(endpoint, source);
    return device && modelRows?.(device);
  }

  #addressee(topic: string): Addressee {
    const device = this.#options.deviceById(topic);
    const endpoint = this.#endpointOf(device, topic);
    if (endpoint === undefined) throw unknownDevice(device?.name ?? topic);
    return { id: device?.id ?? endpoint, name: device?.name ?? endpoint, endpoint };
  }

  /** The name that a device registered under; one with only its IMEI in the list chose it by itself. */
  #endpointOf(device: Device | undefined, topic: string): string | undefined {
    if (!device) return this.#registrations.byEndpoint(topic) && topic;
    if (device.endpoint !== undefined) return device.endpoint;
    return this.#registrations.endpoints().find((endpoint) => {
      const registration = this.#registrations.byEndpoint(endpoint);
      return registration && this.#deviceOf(endpoint, registration.source)?.id === device.id;
    });
  }

  #tell(registration: Registration, facts: Pick<DeviceEvent, 'type'> & Partial<DeviceEvent>): void {
    const { endpoint, source } = registration;
    const device = this.#deviceOf(endpoint, source);
    const time = new Date(this.#now()).toISOString();
    this.#options.onEvent({
      kind: 'event',
      network: 'lwm2m',
      ...(device ? { deviceId: device.id } : {}),
      endpoint,
      time,
      ...facts,
    });
  }

  #deviceOf(endpoint: string, source: Source): Device | undefined {
    try {
      return this.#options.deviceOf(endpoint, source);
    } catch {
      // It was told when the device registered.
      return undefined;
    }
  }
}

/** What a device is asked because it registered; commands outlive a registration. */
function isReport({ name }: Task): boolean {
  return !name.startsWith(COMMAND);
}
