import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJsonAtomically } from '../../devices/atomic-file.ts';
import type { Device, DeviceModel, Mapping } from '../../devices/device.ts';
import { slugOf } from '../../devices/device-form.ts';
import { ByflytError, ConfigurationError } from '../../observation/errors.ts';
import type { Language } from '../../observation/messages.ts';
import { typedNumber } from '../../observation/typed-number.ts';
import { type FieldTable, isFieldTable, type TableRow } from '../formats/field-table.ts';
import { exportCodec } from './export.ts';
import { problemText, readExample } from './preview.ts';
import { MOST_ROWS, type RowTexts, readRows, rowTexts, textsOfRow } from './table-form.ts';

/** A device model that a person has described as a table, as it stands in its file. */
interface TableModel extends Omit<DeviceModel, 'codec'> {
  format: FieldTable;
}

/** The form as a whole; `id` names the model that is changed. */
export interface TableTexts {
  id?: string;
  vendor: string;
  name: string;
  interval: string;
  example: { payload: string; fPort: string };
  rows: RowTexts[];
}

type FormProblem = { row?: number; field: string; text: string };
export type FormProblems = { problems: FormProblem[] };

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Longest text of a name. */
const NAME_LENGTH = 60;
/** A year, in minutes. */
const LONGEST_INTERVAL = 525_600;
const DEFAULT_INTERVAL = 60;

/** The tables in the data folder's `models/`, one JSON file each, where the model catalog finds them. */
export class OwnTables {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'models');
  }

  /** By vendor and name. A file that is no table, or damaged, is left to the catalog, which reports it. */
  list(): { id: string; vendor: string; name: string }[] {
    if (!statSync(this.#folder, { throwIfNoEntry: false })?.isDirectory()) return [];
    const ids = readdirSync(this.#folder).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
    const tables = ids.flatMap((id) => this.#read(id) ?? []);
    return tables
      .map(({ id, vendor, name }) => ({ id, vendor, name }))
      .sort((one, other) => `${one.vendor} ${one.name}`.localeCompare(`${other.vendor} ${other.name}`));
  }

  /** The texts of a table's form. Throws ConfigurationError if there is none of that id. */
  open(id: string, language: Language): TableTexts {
    const { vendor, name, interval, format } = this.#existing(id);
    const { payload = '', fPort } = format.example ?? {};
    return {
      id,
      vendor,
      name,
      interval: String(interval),
      example: { payload, fPort: String(fPort ?? 1) },
      rows: format.rows.map((row) => textsOfRow(row, language === 'nb' ? ',' : '.')),
    };
  }

  /** Saves a form; `isTaken` tells whether another model has an id. A form that is not right changes nothing. */
  save(body: unknown, isTaken: (id: string) => boolean, language: Language): { id: string } | FormProblems {
    const read = readTable(body, language);
    if ('problems' in read) return read;
    const { changes, model } = read;
    // A file of that name may hold a model of another id.
    if (changes === undefined && (isTaken(model.id) || existsSync(this.#path(model.id)))) {
      const parameters = { model: `${model.vendor} ${model.name}` };
      return { problems: [{ field: 'name', text: problemText({ key: 'taken', parameters }, language) }] };
    }
    // A device names its model by the id, so that stays.
    const id = changes === undefined ? model.id : this.#existing(changes).id;
    writeJsonAtomically(this.#path(id), { ...model, id });
    return { id };
  }

  /** Removes a table. Throws ConfigurationError if a device uses it, or if there is none of that id. */
  remove(id: string, devices: readonly Pick<Device, 'name' | 'model'>[]): void {
    this.#existing(id);
    const users = devices.filter(({ model }) => model === id).map(({ name }) => name);
    if (users.length > 0) {
      const parameters = { count: users.length, device: users[0] ?? '' };
      throw new ConfigurationError({ key: 'codec.error.tableUsed', parameters });
    }
    rmSync(this.#path(id), { force: true });
  }

  #existing(id: string): TableModel {
    const found = this.#read(id);
    if (!found) throw new ConfigurationError({ key: 'codec.error.unknownTable', parameters: { model: id } });
    return found;
  }

  #read(id: string): TableModel | undefined {
    if (!ID.test(id)) return undefined;
    try {
      const model = readJson(this.#path(id)) as Partial<TableModel> | null | undefined;
      const isOwn = model?.id === id && model.format?.kind === 'field-table' && isFieldTable(model.format);
      return isOwn ? (model as TableModel) : undefined;
    } catch (error) {
      if (error instanceof ByflytError) return undefined;
      throw error;
    }
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

/** The form as a TS013 codec file. */
export function exportForm(
  body: unknown,
  language: Language,
): { file: string; source: string } | FormProblems {
  const read = readTable(body, language);
  if ('problems' in read) return read;
  const { id, vendor, name, format } = read.model;
  return { file: `${id}.js`, source: exportCodec(format, `${vendor} ${name}`, language) };
}

/** `changes`: id of the model that the form changes. */
function readTable(
  body: unknown,
  language: Language,
): { changes?: string; model: TableModel } | FormProblems {
  const fields = (body ?? {}) as Partial<Record<keyof TableTexts, unknown>>;
  const problems: FormProblem[] = [];
  const note = (field: string, key: string, parameters?: Record<string, number>): void => {
    problems.push({ field, text: problemText({ key, ...(parameters && { parameters }) }, language) });
  };
  const [vendor, name] = (['vendor', 'name'] as const).map((field) => {
    const text = textOf(fields[field]);
    if (text === '') note(field, 'required');
    else if (text.length > NAME_LENGTH) note(field, 'tooLong', { longest: NAME_LENGTH });
    return text;
  }) as [string, string];
  const interval = textOf(fields.interval) === '' ? DEFAULT_INTERVAL : typedNumber(fields.interval);
  if (!(interval > 0 && interval <= LONGEST_INTERVAL))
    note('interval', 'interval', { longest: LONGEST_INTERVAL });
  const example = exampleOf(fields.example, note);
  const rows = rowsOf(fields.rows, problems, language);
  if (rows.length === 0 && problems.length === 0) note('rows', 'noRows');
  if (rows.length > MOST_ROWS) note('rows', 'tooManyRows', { most: MOST_ROWS });
  const id = slugOf(`${vendor} ${name}`);
  if (problems.length === 0 && !ID.test(id)) note('name', 'noId');
  if (problems.length > 0) return { problems };
  const format: FieldTable = { kind: 'field-table', rows, ...(example && { example }) };
  const changes = typeof fields.id === 'string' ? { changes: fields.id } : {};
  return { ...changes, model: { id, vendor, name, interval, ...namesOf(rows), format } };
}

function exampleOf(value: unknown, note: (field: string, key: string) => void): FieldTable['example'] {
  const example = readExample(value);
  if ('bytes' in example)
    return { payload: textOf((value as { payload: unknown }).payload), fPort: example.fPort };
  if (example.key !== 'noExample') note('example', example.key);
  return undefined;
}

function rowsOf(value: unknown, problems: FormProblem[], language: Language): TableRow[] {
  return readRows(rowTexts(value)).flatMap((read, index) => {
    if ('row' in read) return [read.row];
    for (const problem of read.problems) {
      problems.push({ row: index + 1, field: problem.field, text: problemText(problem, language) });
    }
    return [];
  });
}

/** Which names become quantities, and which are kept as decoded. */
function namesOf(rows: readonly TableRow[]): { mappings: Mapping[]; ignored: string[] } {
  const mappings = new Map(
    rows.flatMap(({ name, quantity }) =>
      quantity ? [[`${name} ${quantity}`, { from: name, quantity }]] : [],
    ),
  );
  const mapped = new Set([...mappings.values()].map(({ from }) => from));
  const rest = new Set(rows.map(({ name }) => name).filter((name) => !mapped.has(name)));
  return { mappings: [...mappings.values()], ignored: [...rest] };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().replace(/\s+/g, ' ') : '';
}
