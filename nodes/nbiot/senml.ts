import { readCbor } from '../codec/formats/cbor.ts';
import { hexOfBase64, present } from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';

/** A record as it was sent; the labels are those of RFC 8428 (JSON). Data (`vd`) are lower-case hex here. */
export interface SenmlRecord {
  bn?: string;
  bt?: number;
  bu?: string;
  bv?: SenmlNumber;
  bs?: SenmlNumber;
  bver?: number;
  n?: string;
  u?: string;
  v?: SenmlNumber;
  vs?: string;
  vb?: boolean;
  vd?: string;
  /** Object link `object:instance` (OMA LwM2M 1.1, table 7.4.5-1). */
  vlo?: string;
  s?: SenmlNumber;
  t?: number;
  ut?: number;
}

/** A whole number past 2^53 stays a text, so that no digit is lost. */
export type SenmlNumber = number | string;

/** A record that stands for itself: RFC 8428, section 4.6. `t` in seconds since 1970 UTC, `ut` in seconds. */
export type ResolvedRecord = Omit<SenmlRecord, 'bn' | 'bt' | 'bu' | 'bv' | 'bs' | 'bver'> & {
  n: string;
  t: number;
};

type Label = keyof SenmlRecord;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTime: Check = Number.isFinite;
/** A text is a whole number past 2^53, which the readers below make; a device cannot send one as `v`. */
const isNumber: Check = (value) => isTime(value) || (typeof value === 'string' && /^-?\d{16,}$/.test(value));
const isFlag: Check = (value) => typeof value === 'boolean';
const isHex: Check = (value) => typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value);

const CHECKS: Readonly<Record<Label, Check>> = {
  bn: isText,
  bt: isTime,
  bu: isText,
  bv: isNumber,
  bs: isNumber,
  bver: Number.isInteger,
  n: isText,
  u: isText,
  v: isNumber,
  vs: isText,
  vb: isFlag,
  vd: isHex,
  vlo: isText,
  s: isNumber,
  t: isTime,
  ut: isTime,
};

/** Labels of CBOR: RFC 8428, table 4. */
const CBOR_LABELS: Readonly<Record<number, Label>> = {
  [-6]: 'bs',
  [-5]: 'bv',
  [-4]: 'bu',
  [-3]: 'bt',
  [-2]: 'bn',
  [-1]: 'bver',
  0: 'n',
  1: 'u',
  2: 'v',
  3: 'vs',
  4: 'vb',
  5: 's',
  6: 't',
  7: 'ut',
  8: 'vd',
};

const VALUES = ['v', 'vs', 'vb', 'vd', 'vlo'] as const;
const OWN_FIELDS = [...VALUES, 'n', 'u', 's', 't', 'ut'] as const;

/** Records per message; a datagram holds fewer. */
const MOST = 10_000;
/** Times below it (seconds) are relative to now: RFC 8428, section 4.5.3. */
export const ABSOLUTE_FROM = 2 ** 28;
/** SenML's version, and the bit of the secondary units of RFC 8798 (RFC 9100, section 3). */
const VERSION = 10;
const SECONDARY_UNITS = 16;
/** RFC 9100 reserves the lower bits; libraries of before its time counted on and sent 11. */
const FEATURES = ~0b1111;

const NAME = /^[A-Za-z0-9][-A-Za-z0-9:./_]*$/;
/** LwM2M's names are paths, which RFC 8428 by itself does not allow. */
const PATH = /^\/(\d+(\/\d+)*)?$/;

/**
 * The records of a SenML pack in JSON (RFC 8428, section 5): its text, or what it says if it has been parsed already.
 * Throws MessageError `nbiot.error.senml...`.
 */
export function readSenmlJson(pack: unknown): SenmlRecord[] {
  const parsed = typeof pack === 'string' ? parseJson(pack) : pack;
  return recordsOf(parsed, (record) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) throw notRecord();
    return Object.entries(record).map(([label, value]) => [label, label === 'vd' ? fromText(value) : value]);
  });
}

/** The records of a SenML pack in CBOR (RFC 8428, section 6); labels as text, which some devices send, are known too. */
export function readSenmlCbor(bytes: Uint8Array): SenmlRecord[] {
  return recordsOf(readCbor(bytes), (record) => {
    if (!(record instanceof Map)) throw notRecord();
    return [...record].map(([label, value]) => [
      (typeof label === 'number' && CBOR_LABELS[label]) || String(label),
      label === 'vd' ? fromText(value) : fromCbor(value),
    ]);
  });
}

/** What a record hands on to those behind it. */
type Base = Pick<SenmlRecord, 'bn' | 'bt' | 'bu' | 'bv' | 'bs' | 'bver'>;

/** Resolves records in the order in which they come: of a pack, or of a stream (SenSML) that goes on for days. */
export class SenmlResolver {
  #base: Base = {};

  /**
   * Records that stand for themselves, in the order sent. `now` in seconds since 1970 UTC.
   * A record that only changes the base gives none.
   * Throws MessageError `nbiot.error.senml...`; the base then is as it was.
   */
  resolve(records: readonly SenmlRecord[], now: number): ResolvedRecord[] {
    const before = this.#base;
    try {
      return records.flatMap((record) => this.#resolveOne(record, now));
    } catch (error) {
      this.#base = before;
      throw error;
    }
  }

  #resolveOne(record: SenmlRecord, now: number): ResolvedRecord[] {
    const { bn, bt, bu, bv, bs, bver } = record;
    this.#base = { ...this.#base, ...present<Base>({ bn, bt, bu, bv, bs, bver }) };
    if (!OWN_FIELDS.some((field) => record[field] !== undefined)) return [];
    const base = this.#base;
    const n = checkedName(`${base.bn ?? ''}${record.n ?? ''}`);
    checkVersion(base.bver, n);
    const value = ownValue(record, base, n);
    const s = sum(base.bs, record.s);
    if (value === undefined && s === undefined) throw wrong('senmlNoValue', { name: n });
    const time = (base.bt ?? 0) + (record.t ?? 0);
    const t = time < ABSOLUTE_FROM ? now + time : time;
    return [present<ResolvedRecord>({ n, u: record.u ?? base.bu, ...value, s, t, ut: record.ut })];
  }
}

/** The records of one pack; see `SenmlResolver`. */
export function resolveSenml(records: readonly SenmlRecord[], now: number): ResolvedRecord[] {
  return new SenmlResolver().resolve(records, now);
}

function recordsOf(
  pack: unknown,
  fieldsOf: (record: unknown) => (readonly [label: string, value: unknown])[],
): SenmlRecord[] {
  if (!Array.isArray(pack)) throw wrong('senmlNotArray');
  if (pack.length > MOST) throw wrong('senmlTooMany', { count: pack.length, most: MOST });
  return pack.map((record) => {
    const fields: [string, unknown][] = [];
    for (const [label, value] of fieldsOf(record)) {
      // Some libraries write every field that they know, as null.
      if (value === null || value === undefined) continue;
      if (Object.hasOwn(CHECKS, label)) fields.push([label, checkedField(label as Label, value)]);
      else if (label.endsWith('_')) throw wrong('senmlUnknownField', { field: label });
    }
    return Object.fromEntries(fields);
  });
}

function checkedField(field: Label, value: unknown): unknown {
  if (CHECKS[field](value)) return value;
  throw wrong('senmlWrongType', { field });
}

/** JSON with whole numbers past 2^53 as texts. */
function parseJson(text: string): unknown {
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (cause) {
    throw new MessageError({ key: 'nbiot.error.senmlNotJson' }, { cause });
  }
}

/** TypeScript's library does not know the third parameter yet (ECMAScript: JSON.parse source text access). */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isLarge = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLarge && /^-?\d+$/.test(context?.source ?? '') ? context?.source : value;
}

/** Data in a text are base64url; what is not stays, and does not pass its check. */
function fromText(value: unknown): unknown {
  return typeof value === 'string' ? (hexOfBase64(value) ?? value) : value;
}

function fromCbor(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'bigint' ? `${value}` : value;
}

function ownValue(
  record: SenmlRecord,
  base: Base,
  name: string,
): Pick<SenmlRecord, (typeof VALUES)[number]> | undefined {
  const given = VALUES.filter((field) => record[field] !== undefined);
  if (given.length > 1) throw wrong('senmlManyValues', { name });
  const [field] = given;
  if (field === undefined) {
    // Of value and base value the missing one counts as 0: RFC 8428, section 4.5.4. A record of a sum needs neither.
    return base.bv === undefined || record.s !== undefined ? undefined : { v: base.bv };
  }
  return { [field]: field === 'v' ? sum(base.bv, record.v) : record[field] };
}

/** Base and own number; numbers past 2^53 are added digit by digit. */
function sum(base: SenmlNumber | undefined, own: SenmlNumber | undefined): SenmlNumber | undefined {
  if (base === undefined || own === undefined) return own ?? base;
  if (typeof base === 'number' && typeof own === 'number') return base + own;
  const areWhole = [base, own].every((part) => typeof part === 'string' || Number.isSafeInteger(part));
  return areWhole ? `${BigInt(base) + BigInt(own)}` : Number(base) + Number(own);
}

function checkedName(name: string): string {
  if (NAME.test(name) || PATH.test(name)) return name;
  throw wrong(name === '' ? 'senmlNoName' : 'senmlBadName', { name: name.slice(0, 60) });
}

/** What a later version means is not ours to guess: RFC 8428, section 4.4. LwM2M knows the first one only. */
function checkVersion(version: number | undefined, name: string): void {
  if (version === undefined || version <= VERSION) return;
  const isKnown = !PATH.test(name) && (version & FEATURES & ~SECONDARY_UNITS) === 0;
  if (!isKnown) throw wrong('senmlVersion', { version });
}

function notRecord(): MessageError {
  return wrong('senmlNotRecord');
}

function wrong(name: string, parameters: Record<string, string | number> = {}): MessageError {
  return new MessageError({ key: `nbiot.error.${name}`, parameters });
}
