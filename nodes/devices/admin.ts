import { AREAS } from '../observation/areas.ts';
import { ByflytError, ConfigurationError } from '../observation/errors.ts';
import { describeError, type Language, translate } from '../observation/messages.ts';
import { exportCsv } from './csv-export.ts';
import { importCsv, type RowProblem } from './csv-import.ts';
import { DEVICE_FIELDS, type DeviceField, isKeyField, PUBLICATIONS } from './device-fields.ts';
import { type FieldTexts, readDeviceForm } from './device-form.ts';
import { textsOf } from './device-texts.ts';
import { identitiesOf } from './identity.ts';
import { type DeviceRegistry, mergedKeys } from './registry.ts';
import { nameOf, type UnknownDevice } from './unknown-devices.ts';

/** How the editor's form shows a field. */
interface FormField {
  field: DeviceField;
  label: string;
  kind: 'text' | 'key' | 'choice' | 'yesNo' | 'model' | 'note';
  /** Of a choice, also of yes or no: what is stored, and what people read. */
  options?: { value: string; label: string }[];
}

/** All that the editor's form needs; never the value of a key. */
export interface DevicesView {
  fields: FormField[];
  devices: { id: string; texts: FieldTexts; keyNames: string[] }[];
  unknown: Stranger[];
  /** Why the device file or the keys cannot be used, if so. */
  problem?: string;
}

/** An unknown device as the form lists it; `texts` are what registering it begins with. */
interface Stranger extends Pick<UnknownDevice, 'network' | 'lastSeen' | 'count'> {
  name: string;
  texts: FieldTexts;
}

/** What became of a form: the id of the saved device, or a sentence for each wrong field. */
export type SaveResult = { id: string } | { problems: { field: DeviceField; text: string }[] };

export interface ImportReport {
  added: number;
  updated: number;
  /** One sentence for each row that is wrong. */
  problems: { row: number; text: string }[];
}

const KINDS: Partial<Record<DeviceField, FormField['kind']>> = {
  area: 'choice',
  frameCounter: 'choice',
  classC: 'yesNo',
  publication: 'choice',
  sandbox: 'yesNo',
  model: 'model',
  note: 'note',
};

/** Words that may stand in a field, as they are stored; what people read is `<texts>.<word>` in the catalogs. */
const CHOICES: Partial<Record<DeviceField, { values: readonly string[]; texts: string }>> = {
  area: { values: AREAS, texts: 'observation.area' },
  frameCounter: { values: ['strict', 'resets', 'off'], texts: 'devices.frameCounter' },
  classC: { values: ['yes', 'no'], texts: 'devices.word' },
  publication: { values: PUBLICATIONS, texts: 'devices.publication' },
  sandbox: { values: ['yes', 'no'], texts: 'devices.word' },
};

export function viewDevices(registry: DeviceRegistry, language: Language): DevicesView {
  const fields = DEVICE_FIELDS.map((field) => formField(field, language));
  const problem = registry.problem();
  if (problem) return { fields, devices: [], unknown: [], problem: describeError(problem, language) };
  const { keyNamesOf, keyProblem } = keyNamesIn(registry);
  const devices = registry.list().map((device) => ({
    id: device.id,
    texts: textsOf(device, language),
    keyNames: keyNamesOf(device.id),
  }));
  return {
    fields,
    devices,
    unknown: registry.unknown.list().map(strangerOf),
    ...(keyProblem && { problem: describeError(keyProblem, language) }),
  };
}

function strangerOf(stranger: UnknownDevice): Stranger {
  const { network, lastSeen, count } = stranger;
  const texts = Object.fromEntries(identitiesOf(stranger));
  return { name: nameOf(stranger), texts, network, lastSeen, count };
}

/** Names of the stored keys; keys that cannot be read (another secret) must not hide the devices. */
function keyNamesIn(registry: DeviceRegistry): {
  keyNamesOf: (id: string) => string[];
  keyProblem: ByflytError | undefined;
} {
  try {
    const names = new Map(registry.list().map(({ id }) => [id, registry.keyNames(id)]));
    return { keyNamesOf: (id) => names.get(id) ?? [], keyProblem: undefined };
  } catch (error) {
    if (!(error instanceof ByflytError)) throw error;
    return { keyNamesOf: () => [], keyProblem: error };
  }
}

function formField(field: DeviceField, language: Language): FormField {
  const kind = isKeyField(field) ? 'key' : (KINDS[field] ?? 'text');
  const options = optionsOf(field, language);
  return { field, label: translate(language, `devices.column.${field}`), kind, ...(options && { options }) };
}

function optionsOf(field: DeviceField, language: Language): FormField['options'] {
  const choice = CHOICES[field];
  return choice?.values.map((value) => ({ value, label: translate(language, `${choice.texts}.${value}`) }));
}

/** What is wrong in a field, with the words that may stand there if there is a choice of them. */
function problemText({ field, key, parameters }: Omit<RowProblem, 'row'>, language: Language): string {
  const choices = field && optionsOf(field, language)?.map(({ label }) => label);
  return translate(language, key, { ...parameters, ...(choices && { choices: choices.join(', ') }) });
}

/**
 * Saves what the form sent: `{ id?: the device to change, texts: FieldTexts, removeKeys?: true }`.
 * Keys that were left empty stay as they were.
 */
export function saveDevice(registry: DeviceRegistry, body: unknown, language: Language): SaveResult {
  const { id, texts, removeKeys } = readBody(body);
  const before = id === undefined ? undefined : registry.get(id);
  if (id !== undefined && !before)
    throw new ConfigurationError({ key: 'devices.error.gone', parameters: { id } });
  const result = readDeviceForm(texts, before, (candidate) => registry.get(candidate) !== undefined);
  if (result.problems) {
    return {
      problems: result.problems.map((problem) => ({
        field: problem.field,
        text: problemText(problem, language),
      })),
    };
  }
  const { device, keys } = result;
  if (!before && registry.get(device.id)) return idTaken(device.id, language);
  registry.save(device, removeKeys ? keys : mergedKeys(registry, device.id, keys));
  return { id: device.id };
}

function idTaken(id: string, language: Language): SaveResult {
  return { problems: [{ field: 'id', text: translate(language, 'devices.error.idTaken', { id }) }] };
}

function readBody(body: unknown): { id?: string; texts: FieldTexts; removeKeys: boolean } {
  const { id, texts, removeKeys } = (body ?? {}) as { id?: unknown; texts?: unknown; removeKeys?: unknown };
  const entries = Object.entries(typeof texts === 'object' && texts !== null ? texts : {}).filter(
    ([field, text]) => DEVICE_FIELDS.includes(field as DeviceField) && typeof text === 'string',
  );
  return {
    ...(typeof id === 'string' && { id }),
    texts: Object.fromEntries(entries),
    removeKeys: removeKeys === true,
  };
}

/** Imports a CSV file sent as `{ contentBase64, skipInvalid? }`; the file's own bytes show its encoding. */
export function importDevices(registry: DeviceRegistry, body: unknown, language: Language): ImportReport {
  const { contentBase64, skipInvalid } = (body ?? {}) as { contentBase64?: unknown; skipInvalid?: unknown };
  const content = Buffer.from(typeof contentBase64 === 'string' ? contentBase64 : '', 'base64');
  const { added, updated, problems } = importCsv(registry, content, { skipInvalid: skipInvalid === true });
  return {
    added,
    updated,
    problems: problems.map((problem) => ({ row: problem.row, text: rowSentence(problem, language) })),
  };
}

/** `Row 7, DevEUI: ...`, for pages and for the command line. */
export function rowSentence(problem: RowProblem, language: Language): string {
  const { row, field } = problem;
  const sentence = problemText(problem, language);
  if (field === undefined) return translate(language, 'devices.csv.row', { row, sentence });
  const column = translate(language, `devices.column.${field}`);
  return translate(language, 'devices.csv.rowAndColumn', { row, column, sentence });
}

/** The CSV file; with the keys only if `withKeys`. */
export function exportDevices(registry: DeviceRegistry, withKeys: boolean, language: Language): string {
  const keysOf = withKeys ? (id: string) => registry.keys(id) : undefined;
  return exportCsv(registry.list(), { language, keysOf });
}

/** Status and body of an answer to a request that failed: what people can mend is no server error. */
export function failureAnswer(
  error: unknown,
  language: Language,
): { status: number; body: { error: string } } {
  return {
    status: error instanceof ByflytError ? 422 : 500,
    body: { error: describeError(error, language) },
  };
}
