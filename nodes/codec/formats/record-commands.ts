import { CodecError } from '../../observation/errors.ts';
import type { DownlinkOutput } from '../codec.ts';
import { isGroup, requestOf, unknownCommand } from './command-request.ts';
import type { Condition, Field, Piece, Values } from './field.ts';
import { writeField } from './field-writer.ts';
import { decodeTaggedRecords, type TaggedRecord, type TaggedRecords } from './tagged-records.ts';

type Payload = Piece & { fPort: number };

/** One way in which a record is laid out: its fields, and the codes that tell it from the other ways. */
interface Variant {
  fields: readonly Field[];
  /** One of them in a request asks for the variant. */
  leads: readonly Field[];
  codes: readonly Condition[];
}

/** A request and the names in it that have been encoded. */
interface Request {
  model: string;
  data: Values;
  done: Set<string>;
}

/**
 * Encodes a request under the vendor's names (`{ report_interval: 600, reboot: 'yes' }`) as the records that the
 * format marks as commands, in the order of the format. A number that is left out of a group is 0.
 * Throws CodecError `codec.error.unknownCommand` for a name or value that no command takes, and
 * `codec.error.incompleteCommand` for a word or a length that lacks its value.
 */
export function encodeRecords(format: TaggedRecords, model: string, data: unknown): DownlinkOutput {
  const request = { model, data: requestOf(data), done: new Set<string>() };
  const bytes = Object.values(format.records).flatMap((record) => encodeRecord(record, request));
  requireAllDone(request);
  return { bytes };
}

/**
 * The reverse of `encodeRecords`: a command is laid out as the answer to it.
 * Throws CodecError `codec.error.unknownLayout` if the bytes begin with no command, or if one is cut off.
 */
export function decodeCommandRecords({ records, tagLength }: TaggedRecords, payload: Payload): Values {
  const short = Object.entries(records).filter(([tag]) => tag.length < 2 * tagLength);
  const values = decodeTaggedRecords({ records, tagLength }, payload);
  Object.assign(values, decodeTaggedRecords({ records: Object.fromEntries(short), tagLength: 1 }, payload));
  if (Object.keys(values).length > 0) return values;
  const { model, fPort, bytes } = payload;
  const parameters = { model, fPort, length: bytes.length };
  throw new CodecError({ key: 'codec.error.unknownLayout', parameters });
}

function encodeRecord(record: TaggedRecord, request: Request): number[] {
  const { list } = record;
  if (list === undefined) return encodeVariants(record, request);
  const entries = record.command === undefined ? undefined : request.data[list];
  if (!Array.isArray(entries)) return [];
  request.done.add(list);
  return entries.flatMap((entry: unknown) => {
    const item = { ...request, data: isGroup(entry) ? entry : {}, done: new Set<string>() };
    const bytes = encodeVariants(record, item);
    if (bytes.length === 0) throw unknownCommand(request.model, list, entry);
    requireAllDone(item);
    return bytes;
  });
}

function encodeVariants(record: TaggedRecord, request: Request): number[] {
  const { command } = record;
  if (command === undefined) return [];
  return variantsOf(record).flatMap((variant) =>
    variant.leads.some((lead) => isMeant(lead, request))
      ? [...Buffer.from(command, 'hex'), ...contentOf(record, variant, request)]
      : [],
  );
}

function isMeant(lead: Field, { data, done }: Request): boolean {
  const value = givenFor(data, lead);
  if (value === undefined || done.has(pathOf(lead))) return false;
  // What is asked not to happen needs no command.
  if (lead.value === 'yes' && value === 'no') done.add(pathOf(lead));
  return lead.value === undefined || lead.value === value;
}

/** The bytes after the tag. */
function contentOf(record: TaggedRecord, { fields, codes }: Variant, request: Request): Buffer {
  const bytes = Buffer.alloc(lengthOf(record, codes), record.fill);
  for (const { at, in: allowed } of codes) setBits(bytes, at, allowed?.[0]);
  for (const field of fields) writeGiven(field, request, bytes);
  if (lengthAfter(record, bytes) === bytes.length) return bytes;
  // A word asks for a value beside it (manual calibration).
  const others = record.fields?.filter((field) => !fields.includes(field)) ?? [];
  throw incomplete(request.model, others.map(pathOf).join(', '));
}

function writeGiven(field: Field, { model, data, done }: Request, bytes: Buffer): void {
  const given = givenFor(data, field);
  const flags = flagsOf(field);
  if (given === undefined && flags.length > 0) return;
  for (const { at, mask } of flags) setBits(bytes, at, mask);
  const path = pathOf(field);
  const value = given ?? (field.states === undefined ? 0 : undefined);
  if (field.value === undefined && !writeField(field, value, bytes)) {
    throw given === undefined ? incomplete(model, path) : unknownCommand(model, path, given);
  }
  done.add(path);
}

function setBits(bytes: Buffer, at: number, bits = 0): void {
  bytes[at] = (bytes[at] ?? 0) | bits;
}

function incomplete(model: string, name: string): CodecError {
  return new CodecError({ key: 'codec.error.incompleteCommand', parameters: { model, name } });
}

function lengthOf(record: TaggedRecord, codes: readonly Condition[]): number {
  const sample = Buffer.alloc(Math.max(0, record.lengthsBy ?? 0, ...codes.map(({ at }) => at)) + 1);
  for (const { at, in: allowed } of codes) setBits(sample, at, allowed?.[0]);
  return lengthAfter(record, sample);
}

/** The length that the byte which decides on it asks for. */
function lengthAfter({ length, lengths, lengthsBy = 0 }: TaggedRecord, bytes: Buffer): number {
  return lengths?.[bytes[lengthsBy] ?? 0] ?? (length === 'counted' ? 0 : length);
}

/** Fields under the same conditions belong together; those without any belong to every variant, and are the last one. */
function variantsOf({ fields = [] }: TaggedRecord): Variant[] {
  const byCodes = Map.groupBy(fields, (field) => JSON.stringify(codesOf(field)));
  const common = byCodes.get('[]') ?? [];
  byCodes.delete('[]');
  const special = [...byCodes.values()].map((own) => variantOf(own, [...common, ...own]));
  return common.length === 0 ? special : [...special, variantOf(common, common)];
}

function variantOf(own: readonly Field[], fields: readonly Field[]): Variant {
  const first = own.slice(0, 1);
  return { fields, leads: first.some(isFlagged) ? own : first, codes: first.flatMap(codesOf) };
}

/** Conditions that ask for one code: the command has to contain it. */
function codesOf({ when = [] }: Field): Condition[] {
  return when.filter(({ in: allowed }) => allowed?.length === 1);
}

/** Conditions that ask for a bit that is set: it says that the field is meant. */
function flagsOf({ when = [] }: Field): Condition[] {
  return when.filter(({ not }) => not?.length === 1 && not[0] === 0);
}

function isFlagged(field: Field): boolean {
  return flagsOf(field).length > 0;
}

function givenFor(data: Values, { group, name }: Field): unknown {
  let values: unknown = data;
  for (const step of group?.split('.') ?? []) values = isGroup(values) ? own(values, step) : undefined;
  return isGroup(values) ? own(values, name) : undefined;
}

function own(values: Values, name: string): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function pathOf({ group, name }: Field): string {
  return group === undefined ? name : `${group}.${name}`;
}

function requireAllDone(request: Request, values: Values = request.data, parent = ''): void {
  for (const [name, value] of Object.entries(values)) {
    const path = parent + name;
    if (request.done.has(path)) continue;
    if (!isGroup(value) || Object.keys(value).length === 0) throw unknownCommand(request.model, path, value);
    requireAllDone(request, value, `${path}.`);
  }
}
