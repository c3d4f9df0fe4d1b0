import { randomUUID } from 'node:crypto';
import { MessageError } from '../../observation/errors.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import type { Command } from './command.ts';

/** A command that waits for its device, or is on its way. Times are ms since 1970 UTC. */
export interface KeptCommand extends Command {
  reference: string;
  /** Id in the device list; the endpoint name of a device that is not in it. */
  device: string;
  endpoint: string;
  requested: number;
  expires: number;
  /** It was sent and may have reached the device. */
  sent?: true;
}

/** Commands that may wait for one device: a flow that runs wild must not fill the disk. */
const MOST_PER_DEVICE = 20;
const MOST = 20_000;

/** Commands without an answer, on disk, oldest first. */
export class CommandBook {
  readonly #state: StateStore;
  readonly #prefix: string;
  readonly #commands = new Map<string, KeptCommand>();
  /** Commands by endpoint. */
  readonly #counts = new Map<string, number>();

  constructor(state: StateStore, scope: string) {
    this.#state = state;
    this.#prefix = `nbiot.lwm2m-command/${scope}/`;
    const kept = state.keys(this.#prefix).map((key) => state.get<KeptCommand>(key));
    for (const command of kept
      .filter((entry) => entry !== undefined)
      .sort((one, other) => one.requested - other.requested)) {
      this.#commands.set(command.reference, command);
      this.#count(command.endpoint, 1);
    }
  }

  list(): KeptCommand[] {
    return [...this.#commands.values()];
  }

  has(reference: string): boolean {
    return this.#commands.has(reference);
  }

  /** On disk when this returns. Throws MessageError `nbiot.error.lwm2mManyCommands`. */
  add(facts: Omit<KeptCommand, 'reference'> & { reference?: string | undefined }): KeptCommand {
    const waiting = this.#counts.get(facts.endpoint) ?? 0;
    if (waiting >= MOST_PER_DEVICE || this.#commands.size >= MOST) {
      throw new MessageError({
        key: 'nbiot.error.lwm2mManyCommands',
        parameters: { waiting },
        device: facts.device,
      });
    }
    const command = { ...facts, reference: facts.reference ?? randomUUID() };
    this.#set(command);
    this.#count(command.endpoint, 1);
    return command;
  }

  /** Before the command leaves: after a crash nobody else could tell that it may have arrived. */
  markSent(reference: string): void {
    const command = this.#commands.get(reference);
    if (command) this.#set({ ...command, sent: true });
  }

  remove(reference: string): void {
    const command = this.#commands.get(reference);
    if (!command) return;
    this.#count(command.endpoint, -1);
    this.#commands.delete(reference);
    this.#state.delete(`${this.#prefix}${reference}`);
  }

  expired(now: number): KeptCommand[] {
    return this.list().filter(({ expires }) => expires <= now);
  }

  #count(endpoint: string, step: 1 | -1): void {
    const count = (this.#counts.get(endpoint) ?? 0) + step;
    if (count === 0) this.#counts.delete(endpoint);
    else this.#counts.set(endpoint, count);
  }

  #set(command: KeptCommand): void {
    this.#commands.set(command.reference, command);
    this.#state.set(`${this.#prefix}${command.reference}`, command, 'now');
  }
}
