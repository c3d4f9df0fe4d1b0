import type { Device } from '../../devices/device.ts';
import { ConnectionError, MessageError } from '../../observation/errors.ts';
import { type ResourceValue, readLwm2m } from '../lwm2m.ts';
import type { Asker } from './asker.ts';
import { type Allowance, type Command, type Operation, readCommand, requireAllowed } from './command.ts';
import type { CommandBook, KeptCommand } from './command-book.ts';
import type { DeviceReply, DeviceRequest } from './device-link.ts';
import type { DeviceQueues } from './device-queue.ts';
import { readLinks } from './link-format.ts';
import type { Observer } from './observer.ts';
import type { Registration } from './registration.ts';
import type { CommandReport, CommandState } from './reports.ts';
import { FORMAT, writeBody, writeFormats } from './resource-body.ts';

export interface CommanderOptions {
  book: CommandBook;
  queues: Pick<DeviceQueues, 'add'>;
  asker: Asker;
  observer: Pick<Observer, 'begin' | 'end'>;
  allowed: readonly Allowance[];
  /** ms that a command waits for its device. */
  patience: number;
  tell(report: CommandReport): void;
  /** A sentence in the language of the flow. */
  describe(error: unknown): string;
  now?: () => number;
}

/** To whom a command goes: a device of the list, or one that is served without. */
export interface Addressee extends Pick<Device, 'id' | 'name'> {
  endpoint: string;
}

/** How a command's task is named, before its reference. */
export const COMMAND = 'command ';

/** Repeated, these do no harm: what got no answer is asked again when the device speaks. */
const REPEATABLE: ReadonlySet<Operation> = new Set([
  'read',
  'write',
  'discover',
  'attributes',
  'observe',
  'cancel',
]);

/** Commands from the flow: checked, kept on disk until the device listens, sent, and answered with what became of them. */
export class Commander {
  readonly #options: CommanderOptions;

  constructor(options: CommanderOptions) {
    this.#options = options;
  }

  /**
   * Takes a command for a device. Throws MessageError if it is none, or not allowed. A reference that is known already
   * is the same message again, as after a restart.
   */
  take(payload: unknown, { id, name, endpoint }: Addressee, reference: string | undefined): void {
    const { allowed, book, patience } = this.#options;
    const command = readCommand(payload);
    requireAllowed(allowed, { id, name }, command);
    if (reference !== undefined && book.has(reference)) return;
    const requested = this.#now();
    const kept = book.add({
      ...command,
      device: id,
      endpoint,
      requested,
      expires: requested + patience,
      ...(reference === undefined ? {} : { reference }),
    });
    this.#tell(kept, 'waiting');
    this.#queue(kept);
  }

  /** Takes up what an earlier run left. What may have done something already is not done twice. */
  resume(): void {
    for (const command of this.#options.book.list()) {
      if (command.sent && !REPEATABLE.has(command.operation)) this.#end(command, 'no-answer');
      else this.#queue(command);
    }
  }

  /** Ends what waited too long. */
  expire(): void {
    for (const command of this.#options.book.expired(this.#now())) this.#end(command, 'expired');
  }

  #queue(command: KeptCommand): void {
    const { book, queues } = this.#options;
    queues.add(command.endpoint, {
      name: `${COMMAND}${command.reference}`,
      run: async (registration) => (book.has(command.reference) ? this.#run(command, registration) : 'done'),
    });
  }

  async #run(command: KeptCommand, registration: Registration): Promise<'done' | 'asleep'> {
    this.#options.book.markSent(command.reference);
    this.#tell(command, 'sent');
    try {
      const reply = await this.#ask(command, registration);
      this.#end(command, reply.code.startsWith('2.') ? 'done' : 'failed', answerOf(command, reply));
    } catch (error) {
      if (error instanceof ConnectionError) {
        if (REPEATABLE.has(command.operation)) this.#tell(command, 'waiting');
        else this.#end(command, 'no-answer');
        return 'asleep';
      }
      this.#end(command, 'failed', { description: this.#options.describe(error) });
    }
    return 'done';
  }

  #ask(command: Command, registration: Registration): Promise<DeviceReply> {
    const { asker, observer } = this.#options;
    const { operation, path, query = [], argument } = command;
    switch (operation) {
      case 'read':
        return asker.values(registration, { method: 'GET', path });
      case 'observe':
        return observer.begin(registration, { path });
      case 'cancel':
        return observer.end(registration, path);
      case 'write':
        return asker.first(registration, writeRequests(command, registration));
      case 'discover':
        return asker.first(registration, [{ method: 'GET', path, accept: FORMAT.linkFormat }]);
      case 'attributes':
        return asker.first(registration, [{ method: 'PUT', path, query }]);
      case 'execute': {
        const body =
          argument === undefined ? {} : { contentFormat: FORMAT.text, payload: Buffer.from(argument) };
        return asker.first(registration, [{ method: 'POST', path, ...body }]);
      }
    }
  }

  #end(command: KeptCommand, state: CommandState, facts: Partial<CommandReport> = {}): void {
    const { book } = this.#options;
    // It may have expired on its way.
    if (!book.has(command.reference)) return;
    book.remove(command.reference);
    this.#tell(command, state, facts);
  }

  #tell(
    { reference, device, endpoint, operation, path }: KeptCommand,
    state: CommandState,
    facts: Partial<CommandReport> = {},
  ): void {
    const time = new Date(this.#now()).toISOString();
    this.#options.tell({
      kind: 'answer',
      reference,
      device,
      endpoint,
      operation,
      path,
      state,
      time,
      ...facts,
    });
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** One request for each format, best first. A write to an instance changes what is named and leaves the rest: POST. */
function writeRequests({ path, values = [] }: Command, { version, formats }: Registration): DeviceRequest[] {
  const method = path.split('/').length === 4 ? 'PUT' : 'POST';
  return writeFormats(values, version, formats).map((contentFormat) => ({
    method,
    path,
    contentFormat,
    payload: writeBody(contentFormat, values),
  }));
}

/** What an answer says, for the flow. Throws MessageError if it cannot be read. */
function answerOf({ operation, path }: Command, reply: DeviceReply): Partial<CommandReport> {
  const { code, contentFormat, payload } = reply;
  if (code !== '2.05' || operation === 'observe' || operation === 'cancel') return { code };
  const text = payload.toString('utf8');
  if (operation === 'discover') {
    const links = readLinks(text).map((link) => [link.path, Object.fromEntries(link.attributes)] as const);
    return { code, links: Object.fromEntries(links) };
  }
  const resources = readLwm2m(
    { contentFormat: contentFormat ?? FORMAT.text, bytes: payload, path },
    Date.now() / 1000,
  );
  const values = resources.map((resource): [string, ResourceValue] => [resource.path, resource.value]);
  return { code, values: Object.fromEntries(values) };
}

/** The device that a command names is not there. */
export function unknownDevice(topic: string): MessageError {
  return new MessageError({
    key: 'nbiot.error.lwm2mUnknownDevice',
    parameters: { topic: topic.slice(0, 100) },
  });
}
