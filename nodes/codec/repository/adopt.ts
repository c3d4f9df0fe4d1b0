import { join } from 'node:path';
import { writeJsonAtomically, writeTextAtomically } from '../../devices/atomic-file.ts';
import type { DeviceModel, Mapping } from '../../devices/device.ts';
import { CodecError } from '../../observation/errors.ts';
import { isQuantity, QUANTITIES } from '../../observation/quantities.ts';
import type { CodecSample } from './codec-sample.ts';
import type { RepositoryCodec, RepositoryDevice } from './device-repository.ts';
import { examplesFile } from './kept-examples.ts';
import type { OutputName } from './output-names.ts';
import { isNumeric, unitsFor } from './suggestions.ts';
import { NORMALIZED_TIME } from './vocabulary.ts';

/** What a person decided about one name of a codec's output. */
export interface NameChoice {
  path: string;
  /** Empty: left out. */
  quantity: string;
  /** UCUM code of the codec's value. */
  unit: string;
  /** For yes-or-no quantities that come as text: the texts that mean yes, with commas between them. */
  yes: string;
}

/** A device model as a person wants to have it. */
export interface Adoption {
  device: RepositoryDevice;
  codec: RepositoryCodec;
  sample: CodecSample;
  firmware: string;
  region: string;
  /** Minutes between uplinks. */
  interval: number;
  choices: readonly NameChoice[];
}

/** A wrong decision: `key` and `parameters` give the sentence; `path` is the name it is about, if it is about one. */
export interface ChoiceProblem {
  path?: string;
  key: string;
  parameters: Record<string, string | number>;
}

/** Minutes; a month. */
const LONGEST_INTERVAL = 44_640;

/** Everything that is wrong with the decisions; nothing if a model can be made of them. */
export function choiceProblems({ choices, interval, sample }: Adoption): ChoiceProblem[] {
  const problems: ChoiceProblem[] = [];
  if (!(interval > 0 && interval <= LONGEST_INTERVAL)) {
    problems.push({ key: 'codec.repository.badInterval', parameters: { longest: LONGEST_INTERVAL } });
  }
  const mapped = choices.filter(({ quantity }) => quantity !== '');
  if (mapped.length === 0) problems.push({ key: 'codec.repository.nothingMapped', parameters: {} });
  for (const choice of mapped) {
    const key = choiceProblem(choice, sample.names);
    if (key) problems.push({ path: choice.path, key, parameters: {} });
  }
  return [...problems, ...sameQuantity(mapped, sample)];
}

function choiceProblem({ path, quantity, unit, yes }: NameChoice, names: readonly OutputName[]) {
  if (!isQuantity(quantity)) return 'codec.repository.badQuantity';
  const { valueType } = QUANTITIES[quantity];
  const values = valuesOf(path, names);
  if (valueType === 'number') {
    if (!unitsFor(quantity).includes(unit)) return 'codec.repository.badUnit';
    return values.every(isNumeric) ? undefined : 'codec.repository.notANumber';
  }
  const needsWords = valueType === 'boolean' && values.some(isWord);
  return needsWords && wordsOf(yes).length === 0 ? 'codec.repository.whatIsYes' : undefined;
}

function valuesOf(path: string, names: readonly OutputName[]): OutputName['values'] {
  return names.find((name) => name.path === path)?.values ?? [];
}

/** Two names of one message cannot both be the same quantity: one value would replace the other. */
function sameQuantity(mapped: readonly NameChoice[], { together }: CodecSample): ChoiceProblem[] {
  return mapped.flatMap((choice, index) => {
    const other = mapped
      .slice(0, index)
      .find(({ path, quantity }) => quantity === choice.quantity && together(path, choice.path));
    const parameters = { other: other?.path ?? '' };
    return other ? [{ path: choice.path, key: 'codec.repository.sameQuantity', parameters }] : [];
  });
}

/** What says neither yes nor no by itself. */
function isWord(value: number | boolean | string): boolean {
  return typeof value !== 'boolean' && value !== 0 && value !== 1;
}

function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

/**
 * Puts the device model, a copy of its codec and the codec's examples into the data folder, where `ModelCatalog` finds
 * them. The model's file comes last: until then nothing uses the others. `taken` says which ids other models have.
 */
export function adopt(folder: string, adoption: Adoption, taken: (id: string) => boolean): DeviceModel {
  const model = modelOf(adoption, taken);
  const { codec } = adoption;
  writeTextAtomically(join(folder, 'codecs', model.codec), codec.source);
  writeJsonAtomically(examplesFile(folder, model.codec), codec.examples);
  writeJsonAtomically(join(folder, 'models', `${model.id}.json`), model);
  return model;
}

function modelOf(adoption: Adoption, taken: (id: string) => boolean): DeviceModel {
  const { device, codec, sample, firmware, region, interval, choices } = adoption;
  const id = modelId(device, codec.id, taken);
  const mappings = choices
    .filter(({ quantity }) => quantity !== '')
    .map((choice) => mappingOf(choice, sample));
  const left = choices.filter(({ quantity }) => quantity === '').map(({ path }) => path);
  return {
    id,
    vendor: device.brand.name,
    name: device.name,
    codec: `${id}.js`,
    mappings,
    ignored: [...left, ...sample.lists],
    interval,
    ...(sample.normalizes && { normalized: true, time: NORMALIZED_TIME }),
    repository: {
      brand: device.brand.id,
      device: device.id,
      codec: codec.id,
      version: codec.version,
      firmware,
      region,
    },
  };
}

function mappingOf({ path, quantity, unit, yes }: NameChoice, { names }: CodecSample): Mapping {
  if (!isQuantity(quantity)) throw new CodecError({ key: 'codec.repository.badQuantity' });
  const { unit: canonical, valueType } = QUANTITIES[quantity];
  const values = valuesOf(path, names);
  const states = valueType === 'boolean' && values.some(isWord) ? statesOf(wordsOf(yes), values) : undefined;
  return {
    from: path,
    quantity,
    ...(valueType === 'number' && unit !== canonical && { unit }),
    ...(states && { states }),
  };
}

function statesOf(yes: readonly string[], values: OutputName['values']): Record<string, boolean> {
  const words = new Set([...values.map(String), ...yes]);
  return Object.fromEntries([...words].map((word) => [word, yes.includes(word)]));
}

/** One model per codec of a device: firmwares and regions that share the codec share the model. */
export function modelId(
  { brand, id, firmwares }: RepositoryDevice,
  codec: string,
  taken: (id: string) => boolean,
): string {
  const codecs = new Set(firmwares.flatMap(({ regions }) => regions.flatMap((region) => region.codec ?? [])));
  const base = slug([brand.id, id, ...(codecs.size > 1 ? [codec] : [])].join('-'));
  return taken(base) ? `${base}-repository` : base;
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
