import type { Command, DeviceModel, Mapping, ScriptWishes } from '../devices/device.ts';
import { CodecError, messageOf } from '../observation/errors.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import { isAnswerTemplate } from './answer-bytes.ts';
import type { PayloadFormat } from './built-in-codec.ts';
import { isFieldTable } from './formats/field-table.ts';
import { faultOfFormat } from './formats/format-fault.ts';
import { recordSet } from './formats/record-sets.ts';
import type { TaggedRecords } from './formats/tagged-records.ts';

/** A device model as it stands in a JSON file. Built-in ones describe their payload in `format`. */
type ModelFile = Partial<DeviceModel> & {
  /** Id of a model that gives everything that is not stated here. */
  extends?: string;
  format?: PayloadFormat;
};

/** A model with what its codec needs to know. */
export interface LoadedModel {
  model: DeviceModel;
  /** The file's text with that of the model it extends: what the version is made of. */
  content: string;
  format?: PayloadFormat;
}

/** What a field must be to be usable. */
const RULES: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: (value) => typeof value === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(value),
  vendor: isText,
  name: isText,
  // A bare file name: a model cannot point out of the folder of codecs.
  codec: (value) => typeof value === 'string' && /^[\w][\w.-]*$/.test(value),
  script: (value) => value === undefined || isScriptWishes(value),
  mappings: (value) => Array.isArray(value) && value.every(isMapping),
  commands: (value) => value === undefined || (Array.isArray(value) && value.every(isCommand)),
  ignored: (value) => value === undefined || (Array.isArray(value) && value.every(isText)),
  interval: (value) => typeof value === 'number' && value > 0,
  batteryCurve: (value) => value === undefined || (Array.isArray(value) && value.every(isCurvePoint)),
  downlinkPort: (value) => value === undefined || isApplicationPort(value),
  acknowledgement: (value) => value === undefined || isAnswerTemplate(value),
  time: (value) => value === undefined || isText(value),
  age: (value) => value === undefined || isAge(value),
  signal: (value) => value === undefined || isSignal(value),
  samples: (value) => value === undefined || isText(value),
  normalized: (value) => value === undefined || value === true,
  repository: (value) => value === undefined || isRepositorySource(value),
};

/**
 * Reads a model from the text of its file. `find` gives the model that it may extend; a model with a `format` needs
 * no `codec`. Throws CodecError that names the file and the field that is wrong.
 */
export function parseModel(
  file: string,
  text: string,
  find: (id: string) => LoadedModel | undefined,
): LoadedModel {
  const { extends: baseId, format: ownFormat, ...own } = parseJson(file, text);
  const base = baseId === undefined ? undefined : find(baseId);
  if (baseId !== undefined && !base) {
    throw new CodecError({ key: 'codec.error.modelExtends', parameters: { file, base: baseId } });
  }
  const fault = formatFault(ownFormat);
  if (fault !== undefined) {
    throw new CodecError({ key: 'codec.error.modelInvalid', parameters: { file, field: fault } });
  }
  const included = ownFormat?.kind === 'tagged-records' ? includedRecords(file, ownFormat) : {};
  const format = own.codec === undefined ? (withIncluded(ownFormat, included) ?? base?.format) : undefined;
  const model = { ...base?.model, ...(ownFormat ? { codec: own.id } : {}), ...own };
  const shared = namesIn(included);
  if (shared.length > 0) model.ignored = [...new Set([...(model.ignored ?? []), ...shared])];
  for (const [field, isUsable] of Object.entries(RULES)) {
    if (!isUsable(model[field as keyof DeviceModel])) {
      throw new CodecError({ key: 'codec.error.modelInvalid', parameters: { file, field } });
    }
  }
  return {
    model: model as DeviceModel,
    content: (base?.content ?? '') + text + (shared.length === 0 ? '' : JSON.stringify(included)),
    ...(format === undefined ? {} : { format }),
  };
}

/** Path of what is wrong with a format, if there is one and something is. */
function formatFault(format: PayloadFormat | undefined): string | undefined {
  if (format === undefined) return undefined;
  if (format?.kind === 'field-table' && !isFieldTable(format)) return 'format';
  return faultOfFormat(format);
}

/** The records of the sets that a format takes in. */
function includedRecords(file: string, { include = [] }: TaggedRecords): TaggedRecords['records'] {
  const sets = include.map((name) => {
    const set = recordSet(name);
    if (set) return set;
    throw new CodecError({
      key: 'codec.error.modelInvalid',
      parameters: { file, field: `format.include: ${name}` },
    });
  });
  return Object.assign({}, ...sets);
}

function withIncluded(
  format: PayloadFormat | undefined,
  included: TaggedRecords['records'],
): PayloadFormat | undefined {
  if (format?.kind !== 'tagged-records') return format;
  return { ...format, records: { ...included, ...format.records } };
}

/** Names of shared records are known to every model that has them, mapped or not. */
function namesIn(records: TaggedRecords['records']): string[] {
  const names = Object.values(records).flatMap(({ list, fields = [] }) =>
    list === undefined ? fields.map(({ group, name }) => group?.split('.')[0] ?? name) : [list],
  );
  return [...new Set(names)];
}

function parseJson(file: string, text: string): ModelFile {
  try {
    // What is no object has no id, and that is reported.
    return (JSON.parse(text) ?? {}) as ModelFile;
  } catch (cause) {
    const parameters = { file, message: messageOf(cause) };
    throw new CodecError({ key: 'codec.error.modelUnreadable', parameters }, { cause });
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

const WISHES: Readonly<Record<string, (value: unknown) => boolean>> = {
  context: (value) => value === 'reused' || value === 'fresh',
  timeZone: isText,
  recvTime: (value) => value === 'date' || value === 'text',
};

/** Whether there is such a time zone, the codec says when it is opened. */
export function isScriptWishes(value: unknown): value is ScriptWishes {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([name, wish]) => WISHES[name]?.(wish));
}

function isAge(value: unknown): boolean {
  const { from, unit } = Object(value) as Partial<NonNullable<DeviceModel['age']>>;
  return isText(from) && (unit === undefined || isText(unit));
}

function isSignal(value: unknown): boolean {
  const { from, scale } = Object(value) as Partial<NonNullable<DeviceModel['signal']>>;
  return isText(from) && (scale === 'csq' || scale === 'dBm');
}

function isMapping(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { from, quantity, unit } = value as Partial<Mapping>;
  return (
    isText(from) &&
    quantity !== undefined &&
    Object.hasOwn(QUANTITIES, quantity) &&
    (unit === undefined || isText(unit))
  );
}

function isRepositorySource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { brand, device, codec, version, firmware, region } = value as NonNullable<DeviceModel['repository']>;
  return [brand, device, codec, version, firmware, region].every(isText);
}

/** LoRaWAN leaves the FPorts 1 to 223 to applications. */
function isApplicationPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 223;
}

function isCommand(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { quantity, to, unit, states, with: beside } = value as Partial<Command>;
  const isOptional = (part: unknown) => part === undefined || (typeof part === 'object' && part !== null);
  return (
    quantity !== undefined &&
    Object.hasOwn(QUANTITIES, quantity) &&
    isText(to) &&
    (unit === undefined || isText(unit)) &&
    isOptional(states) &&
    isOptional(beside)
  );
}

function isCurvePoint(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number');
}
