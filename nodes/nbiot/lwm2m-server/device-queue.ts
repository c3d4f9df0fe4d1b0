import type { Registration } from './registration.ts';

/** Something to ask a device. */
export interface Task {
  /** Of two tasks with one name of a device only the first is kept. */
  name: string;
  /** `asleep`: the device gave no answer; the task stays, and all others wait with it, until the device speaks again. */
  run(registration: Registration): Promise<'done' | 'asleep'>;
}

export interface DeviceQueuesOptions {
  /** The registration as it is now; undefined if it is over. */
  find(endpoint: string): Registration | undefined;
  /** ms that a device which sleeps between its messages listens after each of them. */
  awake: number;
  now?: () => number;
  /** A task threw what it should not: a fault of ours. */
  onError(error: unknown): void;
}

interface Queue {
  tasks: Task[];
  isBusy: boolean;
  /** It did not answer. */
  isAsleep: boolean;
}

/**
 * What devices are to be asked, one thing after the other for each device (RFC 7252, 4.7), and to those in queue mode
 * only while they listen (OMA LwM2M TS 1.1 Transport Bindings, 6.5). A device with nothing to do takes no memory.
 */
export class DeviceQueues {
  readonly #options: DeviceQueuesOptions;
  readonly #queues = new Map<string, Queue>();
  #isClosed = false;

  constructor(options: DeviceQueuesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#queues.size;
  }

  add(endpoint: string, task: Task): void {
    const queue = this.#queues.get(endpoint) ?? { tasks: [], isBusy: false, isAsleep: false };
    this.#queues.set(endpoint, queue);
    // One that listens at all times may have been out of reach for a while.
    if (this.#options.find(endpoint)?.queueMode === false) queue.isAsleep = false;
    if (queue.tasks.some(({ name }) => name === task.name)) return;
    queue.tasks.push(task);
    void this.#work(endpoint, queue);
  }

  /** The device spoke: it listens now. */
  heard(endpoint: string): void {
    const queue = this.#queues.get(endpoint);
    if (!queue) return;
    queue.isAsleep = false;
    void this.#work(endpoint, queue);
  }

  /** What waits for a device is gone with its registration. `fits` says what (default: all). */
  drop(endpoint: string, fits: (task: Task) => boolean = () => true): void {
    const queue = this.#queues.get(endpoint);
    if (!queue) return;
    const [first, ...others] = queue.tasks;
    // What is on its way is left to come to its end.
    const kept = others.filter((task) => !fits(task));
    queue.tasks = first && (queue.isBusy || !fits(first)) ? [first, ...kept] : kept;
    if (queue.tasks.length === 0) this.#queues.delete(endpoint);
  }

  close(): void {
    this.#isClosed = true;
    this.#queues.clear();
  }

  async #work(endpoint: string, queue: Queue): Promise<void> {
    if (queue.isBusy) return;
    queue.isBusy = true;
    try {
      for (let task = queue.tasks[0]; task; task = queue.tasks[0]) {
        const registration = this.#options.find(endpoint);
        if (this.#isClosed || !registration || queue.isAsleep || !this.#listens(registration)) return;
        queue.isAsleep = (await this.#outcome(task, registration)) === 'asleep';
        if (!queue.isAsleep) queue.tasks = queue.tasks.filter((other) => other !== task);
      }
      if (this.#queues.get(endpoint) === queue) this.#queues.delete(endpoint);
    } finally {
      queue.isBusy = false;
    }
  }

  async #outcome(task: Task, registration: Registration): Promise<'done' | 'asleep'> {
    try {
      return await task.run(registration);
    } catch (error) {
      this.#options.onError(error);
      return 'done';
    }
  }

  #listens({ queueMode, heard }: Registration): boolean {
    const now = this.#options.now ?? Date.now;
    return !queueMode || now() - heard < this.#options.awake;
  }
}
