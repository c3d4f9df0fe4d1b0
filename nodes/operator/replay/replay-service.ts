import type { Codec } from '../../codec/codec.ts';
import type { Device, DeviceModel } from '../../devices/device.ts';
import type { DeviceRegistry } from '../../devices/registry.ts';
import { ConfigurationError } from '../../observation/errors.ts';
import type { DataFolder } from '../../persistence/data-folder.ts';
import type { Lane } from './lanes.ts';
import { replay } from './replay.ts';
import { Summary } from './summary.ts';

/** What a person chose. */
export interface ReplayRequest {
  /** Ids. */
  devices: string[];
  /** Arrival of the messages, ms since 1970 UTC. */
  from: number;
  to: number;
}

export interface ReplayJob {
  request: ReplayRequest;
  /** What it would change, or does. */
  kind: 'preview' | 'write';
  state: 'running' | 'done' | 'cancelled' | 'failed';
  summary: Summary;
  /** Why it failed, or was cut short by a deploy. */
  problem?: unknown;
}

/** What a replay works with, looked up when it begins. */
export interface ReplaySources {
  registry: DeviceRegistry;
  models: { get(id: string): DeviceModel | undefined; codecFor(model: DeviceModel): Codec };
  lanes: readonly Lane[];
  /** Held open until the replay ends. */
  folder: Pick<DataFolder, 'journal' | 'release'>;
}

interface Running extends ReplayJob {
  abort: AbortController;
  /** How each device was read, to see whether that has changed since. */
  readers: string;
}

/** One replay at a time: first a preview, then, if a person says so, the same once more with writing. */
export class ReplayService {
  readonly #sources: () => ReplaySources;
  #job: Running | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** `sources` may throw ConfigurationError. */
  constructor(sources: () => ReplaySources) {
    this.#sources = sources;
  }

  /** The replay that runs or ran last. */
  get job(): ReplayJob | undefined {
    return this.#job;
  }

  /** Begins to look at what would change. Throws ConfigurationError if that cannot be. */
  preview(request: ReplayRequest): void {
    this.#start(request, 'preview', true);
  }

  /**
   * Begins to write what the last preview has shown. Throws ConfigurationError if there is none, or codecs, models or
   * devices have changed since. `marksGone`: see `replay`.
   */
  write({ marksGone }: { marksGone: boolean }): void {
    const shown = this.#job;
    if (shown?.kind !== 'preview' || shown.state !== 'done') {
      throw new ConfigurationError({ key: 'operator.replay.noPreview' });
    }
    this.#start(shown.request, 'write', marksGone, shown.readers);
  }

  /** Ends a replay early; what it has written stays and is right. Resolves when it has ended. */
  async cancel(problem?: ConfigurationError): Promise<void> {
    if (this.#job?.state === 'running') this.#job.abort.abort(problem);
    await this.#ended;
  }

  #start(request: ReplayRequest, kind: ReplayJob['kind'], marksGone: boolean, shown?: string): void {
    if (this.#job?.state === 'running') throw new ConfigurationError({ key: 'operator.replay.running' });
    const sources = this.#sources();
    try {
      const readers = readersOf(request, sources);
      if (shown !== undefined && shown !== readers) {
        throw new ConfigurationError({ key: 'operator.replay.changed' });
      }
      const abort = new AbortController();
      const job: Running = { request, kind, state: 'running', summary: new Summary(), abort, readers };
      this.#job = job;
      this.#ended = this.#run(job, sources, marksGone);
    } catch (error) {
      sources.folder.release();
      throw error;
    }
  }

  /** Never rejects: what went wrong is in the job. */
  async #run(job: Running, { registry, lanes, folder }: ReplaySources, marksGone: boolean): Promise<void> {
    const { request, kind, summary, abort } = job;
    try {
      await replay({
        journal: folder.journal,
        registry,
        lanes,
        devices: new Set(request.devices),
        period: { from: request.from, to: request.to },
        write: kind === 'write',
        marksGone,
        summary,
        signal: abort.signal,
      });
      job.state = 'done';
    } catch (error) {
      const reason: unknown = abort.signal.aborted ? abort.signal.reason : error;
      const isWish = abort.signal.aborted && !(reason instanceof ConfigurationError);
      job.state = isWish ? 'cancelled' : 'failed';
      if (!isWish) job.problem = reason;
    } finally {
      folder.release();
    }
  }
}

/** Everything that decides what a payload becomes. Throws ConfigurationError if a device or its model is unknown. */
function readersOf({ devices }: ReplayRequest, { registry, models }: ReplaySources): string {
  return JSON.stringify(devices.map((id) => readerOf(registry.get(id), id, models)));
}

function readerOf(
  device: Device | undefined,
  id: string,
  models: ReplaySources['models'],
): [Device, DeviceModel, version: string] {
  if (!device) throw new ConfigurationError({ key: 'devices.error.gone', parameters: { id } });
  const model = models.get(device.model);
  if (!model) {
    const parameters = { model: device.model };
    throw new ConfigurationError({ key: 'codec.error.unknownModel', parameters, device: device.name });
  }
  return [device, model, models.codecFor(model).version];
}
