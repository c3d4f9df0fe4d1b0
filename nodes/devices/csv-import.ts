import { CsvError, parse } from 'csv-parse/sync';
import { ConfigurationError } from '../observation/errors.ts';
import { LANGUAGES, translate } from '../observation/messages.ts';
import { decodeCsv, detectDelimiter, plainCell } from './csv-text.ts';
import type { Device, DeviceKeys } from './device.ts';
import { DEVICE_FIELDS, type DeviceField, type FieldValues, parseField } from './device-fields.ts';
import { type FieldTexts, readDeviceForm } from './device-form.ts';
import { type IdentityField, identitiesOf, takenKey } from './identity.ts';
import { type DeviceRegistry, mergedKeys } from './registry.ts';

/** A row that cannot be imported; the header is row 1, as spreadsheets count. */
export interface RowProblem {
  row: number;
  field?: DeviceField;
  /** Key and parameters of the sentence that says what to do. */
  key: string;
  parameters: Record<string, string | number>;
}

export interface ImportResult {
  /** Devices that were saved; none if there is a problem and `skipInvalid` was not asked for. */
  added: number;
  updated: number;
  problems: RowProblem[];
}

interface Entry {
  device: Device;
  keys: DeviceKeys;
  isNew: boolean;
}

/**
 * Imports devices from a CSV file: UTF-8 with or without byte order mark, semicolon, comma or tab, a header in any of
 * the languages or with the fields' own names. A row changes the device with its id, else that with its DevEUI,
 * IMEI, IMSI, endpoint name or address, else adds one; columns that are left out keep what was there, and so do empty key cells. If a row is wrong nothing is
 * imported, or with `skipInvalid` all other rows. Throws ConfigurationError if the file as a whole cannot be read.
 */
export function importCsv(
  registry: DeviceRegistry,
  content: Uint8Array,
  { skipInvalid = false }: { skipInvalid?: boolean } = {},
): ImportResult {
  const [header = [], ...rows] = recordsIn(decodeCsv(content));
  const columns = columnsOf(header);
  const { entries, problems } = readRows(registry, columns, rows);
  if (problems.length > 0 && !skipInvalid) return { added: 0, updated: 0, problems };
  registry.saveAll(
    entries.map(({ device, keys }) => ({ device, keys: mergedKeys(registry, device.id, keys) })),
  );
  const added = entries.filter(({ isNew }) => isNew).length;
  return { added, updated: entries.length - added, problems };
}

function recordsIn(text: string): string[][] {
  if (text.trim() === '') throw new ConfigurationError({ key: 'devices.csv.empty' });
  try {
    return parse(text, { delimiter: detectDelimiter(text), relax_column_count: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ConfigurationError(
      { key: 'devices.csv.quotes', parameters: { row: Number(error.lines ?? 1) } },
      { cause: error },
    );
  }
}

/** The field of each column, undefined for an empty one. A column that is not known would be lost data. */
function columnsOf(header: readonly string[]): (DeviceField | undefined)[] {
  const columns = header.map((title) => {
    if (title.trim() === '') return undefined;
    const field = DEVICE_FIELDS.find((candidate) => titlesOf(candidate).includes(comparable(title)));
    if (field) return field;
    throw new ConfigurationError({
      key: 'devices.csv.unknownColumn',
      parameters: { column: title.trim(), known: titlesLike(header).join(', ') },
    });
  });
  const twice = columns.find((field, index) => field !== undefined && columns.indexOf(field) !== index);
  if (twice) throw new ConfigurationError({ key: 'devices.csv.columnTwice', parameters: { column: twice } });
  return columns;
}

function titlesOf(field: DeviceField): string[] {
  return [field, ...LANGUAGES.map((language) => translate(language, `devices.column.${field}`))].map(
    comparable,
  );
}

/** The titles that columns may have, in the language that most of `header` is in. */
function titlesLike(header: readonly string[]): string[] {
  const own = new Set(header.map(comparable));
  const inLanguages = LANGUAGES.map((language) =>
    DEVICE_FIELDS.map((field) => translate(language, `devices.column.${field}`)),
  );
  const hits = inLanguages.map((titles) => titles.filter((title) => own.has(comparable(title))).length);
  return inLanguages[hits.indexOf(Math.max(...hits))] ?? [];
}

/** Case, spaces, punctuation and units in brackets do not matter: "Interval (minutes)" is "interval". */
function comparable(title: string): string {
  return title
    .replace(/\(.*?\)/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

function readRows(
  registry: DeviceRegistry,
  columns: readonly (DeviceField | undefined)[],
  rows: readonly (readonly string[])[],
): { entries: Entry[]; problems: RowProblem[] } {
  const entries: Entry[] = [];
  const problems: RowProblem[] = [];
  const before: RowsBefore = { ids: new Map(), identities: new Map() };
  rows.forEach((cells, index) => {
    if (cells.every((cell) => cell.trim() === '')) return;
    const row = index + 2;
    const result = readRow(registry, columns, cells, (id) => before.ids.has(id));
    const found = result.problems ?? sameAsBefore(registry, result.device, before);
    problems.push(...found.map((problem) => ({ row, ...problem })));
    if (result.problems || found.length > 0) return;
    const { device, keys, isNew } = result;
    before.ids.set(device.id, row);
    for (const [field, value] of identitiesOf(device)) before.identities.set(`${field} ${value}`, row);
    entries.push({ device, keys, isNew });
  });
  return { entries, problems };
}

type RowResult =
  | { device: Device; keys: DeviceKeys; isNew: boolean; problems?: never }
  | { problems: Found[] };
type Found = Omit<RowProblem, 'row'>;

function readRow(
  registry: DeviceRegistry,
  columns: readonly (DeviceField | undefined)[],
  cells: readonly string[],
  isInFile: (id: string) => boolean,
): RowResult {
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
    const parameters = { cells: cells.length, columns: columns.length };
    return { problems: [{ key: 'devices.csv.tooManyCells', parameters }] };
  }
  const texts: FieldTexts = {};
  columns.forEach((field, index) => {
    if (field) texts[field] = plainCell(cells[index]?.trim() ?? '');
  });
  const before = deviceBefore(registry, texts);
  if (before) delete texts.id;
  const isTaken = (id: string): boolean => isInFile(id) || registry.get(id) !== undefined;
  const result = readDeviceForm(texts, before, isTaken);
  if (result.problems) return { problems: result.problems };
  return { device: result.device, keys: result.keys, isNew: before === undefined };
}

/** The device that a row changes: by its id, else by what its messages are known by. */
function deviceBefore(registry: DeviceRegistry, texts: FieldTexts): Device | undefined {
  if (texts.id) return registry.get(texts.id);
  for (const [field, text] of identitiesOf(texts)) {
    const known = text === '' ? undefined : registry.byIdentity(field, comparableIdentity(field, text));
    if (known) return known;
  }
  return undefined;
}

/** As it is stored. One that is wrong stays as it is, and is told of when the row is read. */
function comparableIdentity(field: IdentityField, text: string): string {
  const values: Partial<FieldValues> = {};
  try {
    parseField(values, field, text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
  }
  return values[field] ?? text;
}

/** Row of each id, and of each DevEUI, IMEI ... */
interface RowsBefore {
  ids: Map<string, number>;
  identities: Map<string, number>;
}

/** Two rows for one device, or a DevEUI, IMEI ... that another device has. */
function sameAsBefore(registry: DeviceRegistry, device: Device, { ids, identities }: RowsBefore): Found[] {
  const idRow = ids.get(device.id);
  if (idRow !== undefined)
    return [{ field: 'id', key: 'devices.csv.rowTwice', parameters: { other: idRow } }];
  for (const [field, value] of identitiesOf(device)) {
    const other = identities.get(`${field} ${value}`);
    if (other !== undefined) return [{ field, key: 'devices.csv.rowTwice', parameters: { other } }];
    const owner = registry.byIdentity(field, value);
    if (owner && owner.id !== device.id)
      return [{ field, key: takenKey(field), parameters: { other: owner.name } }];
  }
  return [];
}
