import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileVersion } from '../devices/atomic-file.ts';
import type { DeviceModel } from '../devices/device.ts';
import { CodecError } from '../observation/errors.ts';
import { codecFromFormat } from './built-in-codec.ts';
import type { Codec } from './codec.ts';
import { CodecFiles } from './codec-files.ts';
import { type LoadedModel, parseModel } from './model-file.ts';
import { normalizingCodec } from './repository/normalizing-codec.ts';
import { contentVersion } from './version.ts';

/** ms between two looks at the folder of custom models. */
const LOOK_EVERY = 1000;

const NOTHING: ModelSet = { models: new Map(), byFile: new Map(), problems: [] };
const builtIn = readModels(fileURLToPath(new URL('./models/', import.meta.url)), NOTHING.models, NOTHING);

/** Device models that come with Byflyt, and those that somebody put into the data folder. */
export class ModelCatalog {
  readonly #folder: string | undefined;
  readonly #files = new CodecFiles();
  /** By model object: the catalog hands out the same object until its file changes. */
  readonly #codecs = new WeakMap<DeviceModel, Codec>();
  /** By the codec of the file. */
  readonly #normalizing = new WeakMap<Codec, Codec>();
  #models: ModelSet = builtIn;
  #signature = '';
  #lookAt = 0;

  private constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /**
   * The catalog with the built-in models and those in `<folder>/models/*.json`, whose `codec` is a file in
   * `<folder>/codecs/`. Files that are added, changed or removed later are noticed within about a second; of a file
   * that is broken by a change the model that it had before stays.
   */
  static open(folder?: string): ModelCatalog {
    return new ModelCatalog(folder);
  }

  /** All usable models, by id. */
  list(): DeviceModel[] {
    return [...this.#current().models.values()]
      .map(({ model }) => model)
      .sort((one, other) => one.id.localeCompare(other.id));
  }

  /** By id, or by vendor and name as they are shown (`Milesight AM307L`), in any case. */
  get(idOrTitle: string): DeviceModel | undefined {
    const { models } = this.#current();
    const known = models.get(idOrTitle);
    if (known) return known.model;
    const title = idOrTitle.toLowerCase();
    return [...models.values()].find(({ model }) => titleOf(model) === title)?.model;
  }

  /** Why custom model files are not in the list. */
  problems(): readonly CodecError[] {
    return this.#current().problems;
  }

  /**
   * The codec that makes `data` for this model. A codec file that cannot be read gives a codec whose calls throw
   * CodecError, so that one missing file does not stop a flow.
   */
  codecFor(model: DeviceModel): Codec {
    const loaded = this.#current().models.get(model.id);
    if (!loaded?.format) return this.#scripted(model);
    const known = this.#codecs.get(loaded.model);
    if (known) return known;
    const codec = codecFromFormat(model.id, contentVersion(loaded.content), loaded.format);
    this.#codecs.set(loaded.model, codec);
    return codec;
  }

  #scripted(model: DeviceModel): Codec {
    const codec = this.#files.codec(join(this.#folder ?? '', 'codecs', basename(model.codec)), model.script);
    if (!model.normalized) return codec;
    const known = this.#normalizing.get(codec) ?? normalizingCodec(codec);
    this.#normalizing.set(codec, known);
    return known;
  }

  #current(): ModelSet {
    if (this.#folder === undefined || performance.now() < this.#lookAt) return this.#models;
    this.#lookAt = performance.now() + LOOK_EVERY;
    const folder = join(this.#folder, 'models');
    const signature = signatureOf(folder);
    if (signature !== this.#signature) {
      this.#signature = signature;
      this.#models = readModels(folder, builtIn.models, this.#models);
    }
    return this.#models;
  }
}

function titleOf({ vendor, name }: DeviceModel): string {
  return `${vendor} ${name}`.toLowerCase();
}

interface ModelSet {
  models: ReadonlyMap<string, LoadedModel>;
  /** Of the folder's own models. */
  byFile: ReadonlyMap<string, LoadedModel>;
  problems: readonly CodecError[];
}

/** Reads the models of a folder on top of others. A model may extend those and any file before it by name. */
function readModels(folder: string, others: ReadonlyMap<string, LoadedModel>, before: ModelSet): ModelSet {
  const models = new Map(others);
  const byFile = new Map<string, LoadedModel>();
  const problems: CodecError[] = [];
  for (const { name, text } of inDependencyOrder(folder, modelFiles(folder))) {
    let loaded: LoadedModel | undefined;
    try {
      loaded = parseModel(name, text, (id) => models.get(id));
      const { id } = loaded.model;
      if (others.has(id)) {
        throw new CodecError({ key: 'codec.error.modelTaken', parameters: { file: name, model: id } });
      }
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      problems.push(error);
      loaded = before.byFile.get(name);
    }
    if (!loaded) continue;
    byFile.set(name, loaded);
    models.set(loaded.model.id, loaded);
  }
  return { models, byFile, problems };
}

/** The files' texts, those that extend another model last. A file that cannot be read is as good as empty. */
function inDependencyOrder(folder: string, names: readonly string[]): { name: string; text: string }[] {
  const files = names.map((name) => ({ name, text: textOf(join(folder, name)) }));
  const extending = ({ text }: { text: string }) => Number(/"extends"\s*:/.test(text));
  return files.sort((one, other) => extending(one) - extending(other));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function modelFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
}

/** Changes when a file comes, goes or is written. */
function signatureOf(folder: string): string {
  return modelFiles(folder)
    .map((name) => `${name}:${fileVersion(join(folder, name))}`)
    .join('|');
}
