import type { ReceivedMessage } from '../../intake/transport.ts';
import { MessageError } from '../../observation/errors.ts';
import { type Datagram, type Source, topicOf, writeEnvelope } from '../envelope.ts';
import type { Asker } from './asker.ts';
import type { DeviceReply } from './device-link.ts';
import { Freshness } from './freshness.ts';
import { holdsKeys } from './key-guard.ts';
import { changesOf, noteObservation, type ObserveRow, readToken, tokenOf, wantedOf } from './observe.ts';
import type { Observed, Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';

export interface ObserverOptions {
  registrations: Registrations;
  asker: Asker;
  /** What a device is asked for: by the node's form, or the device's model; undefined: the usual. */
  rowsFor(registration: Registration): readonly ObserveRow[] | undefined;
  /** Resolves when the message is on disk. */
  accept(message: ReceivedMessage): Promise<void>;
  onEvent(
    registration: Registration,
    event: { type: 'observing' | 'not-observing' | 'attributes-refused'; path: string; code: string },
  ): void;
  now?: () => number;
}

/** A notification as it came. */
export interface Notification extends DeviceReply {
  token: Uint8Array;
  /** Its further blocks are still with the device. */
  isPart?: boolean;
}

/** Has devices report, and takes what they report. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #freshness = new Freshness();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** What a device is still to be asked to report, and what no longer. */
  changes(registration: Registration): { begin: ObserveRow[]; end: string[] } {
    const { rowsFor } = this.#options;
    return changesOf(registration, wantedOf(registration, rowsFor(registration)));
  }

  /** Asks a device to report. Its first answer is a reading too. Rejects with ConnectionError if it does not answer. */
  async begin(registration: Registration, { path, pmin, pmax }: ObserveRow): Promise<DeviceReply> {
    const { asker, registrations } = this.#options;
    noteObservation(registration, path, 'asked');
    registrations.save(registration, 'seconds');
    const token = tokenOf(registration, path);
    this.#freshness.forget(token.toString('hex'));
    await this.#setPeriods(registration, { path, pmin, pmax });
    const reply = await asker.values(registration, { method: 'GET', path, observe: 0, token });
    const { code, observe } = reply;
    const isRunning = code === '2.05' && observe !== undefined;
    // One that is in trouble (5.xx) is asked again when it speaks next.
    if (!code.startsWith('5.')) this.#note(registration, path, isRunning ? 'running' : 'refused');
    this.#options.onEvent(registration, { type: isRunning ? 'observing' : 'not-observing', path, code });
    if (code === '2.05') await this.#once(token, observe, () => this.#keep(registration, path, reply));
    return reply;
  }

  /** A device that knows no periods reports all the same, as often as it likes. */
  async #setPeriods(
    registration: Registration,
    { path, ...periods }: { path: string; pmin: number | undefined; pmax: number | undefined },
  ): Promise<void> {
    const given = Object.entries(periods).filter(([, value]) => value !== undefined);
    if (given.length === 0) return;
    const query = given.map(([name, value]) => `${name}=${value}`);
    const { code } = await this.#options.asker.first(registration, [{ method: 'PUT', path, query }]);
    if (code.startsWith('2.')) return;
    this.#options.onEvent(registration, { type: 'attributes-refused', path, code });
  }

  /** Asks a device to report something no more. */
  async end(registration: Registration, path: string): Promise<DeviceReply> {
    const token = tokenOf(registration, path);
    const reply = await this.#options.asker.values(registration, { method: 'GET', path, observe: 1, token });
    this.#note(registration, path, 'cancelled');
    this.#options.onEvent(registration, { type: 'not-observing', path, code: reply.code });
    return reply;
  }

  /**
   * Takes a notification; resolves when it is on disk: only then may it be acknowledged. Resolves with the device's
   * registration, or undefined for what nobody asked for (any more), which is to be reset so that the device stops.
   */
  async take(source: Source, notification: Notification): Promise<Registration | undefined> {
    const { registrations, now = Date.now } = this.#options;
    const token = readToken(notification.token);
    const registration = token && registrations.byId(token.id);
    const observed = registration?.observations[token?.place ?? -1];
    if (!registration || !observed) return undefined;
    if (observed.state === 'refused' || observed.state === 'cancelled') return undefined;
    const { path } = observed;
    // The port may change on the way through the operator's network, not the address: its owner would be another.
    if (registration.source.address !== source.address) {
      // If it is the device all the same, the reset ends what it observes.
      this.#note(registration, path, 'asked');
      return undefined;
    }
    const { code, observe } = notification;
    if (code === '2.05') {
      try {
        await this.#once(notification.token, observe, async () =>
          this.#keep(registration, path, await this.#whole(registration, path, notification)),
        );
      } catch (error) {
        // A device that gets no answer for long gives its observers up: RFC 7641, section 4.5.
        if (!(error instanceof MessageError)) this.#note(registration, path, 'asked');
        throw error;
      }
    }
    const current = registrations.byId(registration.id);
    // It was ended, or registered anew, while the disk worked.
    if (!current) return undefined;
    Object.assign(current, { heard: now(), source });
    registrations.save(current, 'minute');
    // An error ends the observation: RFC 7641, section 4.2. One in trouble (5.xx) may have it later.
    if (!code.startsWith('2.')) {
      this.#note(current, path, code.startsWith('5.') ? 'asked' : 'refused');
      this.#options.onEvent(current, { type: 'not-observing', path, code });
    }
    return current;
  }

  /** Values that a device sends by itself (Send, LwM2M 1.1): as `take`. Throws MessageError for its keys. */
  send(registration: Registration, reply: Omit<DeviceReply, 'code'>): Promise<void> {
    return this.#keep(registration, '/dp', reply, 'POST');
  }

  /** The later blocks of a notification are those of the resource as it is now: RFC 7959, section 3.4. */
  async #whole(registration: Registration, path: string, notification: Notification): Promise<DeviceReply> {
    if (!notification.isPart) return notification;
    const { contentFormat } = notification;
    const format = contentFormat === undefined ? {} : { accept: contentFormat };
    return this.#options.asker.first(registration, [{ method: 'GET', path, ...format }]);
  }

  /** Keeps a report unless a newer one came before. What could not be kept is not known when it comes again. */
  async #once(token: Uint8Array, sequence: number | undefined, keep: () => Promise<void>): Promise<void> {
    const observation = Buffer.from(token).toString('hex');
    if (sequence !== undefined && !this.#freshness.isNew(observation, sequence)) return;
    try {
      await keep();
    } catch (error) {
      this.#freshness.forget(observation);
      throw error;
    }
  }

  #note({ id }: Registration, path: string, state: Observed['state']): void {
    const { registrations } = this.#options;
    const registration = registrations.byId(id);
    if (!registration) return;
    noteObservation(registration, path, state);
    registrations.save(registration, 'seconds');
  }

  async #keep(
    { endpoint, source }: Registration,
    path: string,
    { contentFormat, payload }: Omit<DeviceReply, 'code'>,
    method?: string,
  ): Promise<void> {
    if (holdsKeys(path, contentFormat, payload)) {
      throw new MessageError({ key: 'nbiot.error.lwm2mSentKeys', parameters: { endpoint } });
    }
    const datagram: Datagram = {
      transport: 'lwm2m',
      source,
      ...(method === undefined ? {} : { method }),
      path,
      ...(contentFormat === undefined ? {} : { contentFormat }),
      endpoint,
      payload,
    };
    const topic = topicOf(datagram);
    await this.#options.accept({ topic, body: writeEnvelope(datagram), contentType: 'application/json' });
  }
}
