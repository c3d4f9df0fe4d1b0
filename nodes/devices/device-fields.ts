import { AREAS, type AreaId } from '../observation/areas.ts';
import { ByflytError, ConfigurationError } from '../observation/errors.ts';
import { LANGUAGES, translate } from '../observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { lastingName } from '../observation/tag-values.ts';
import { convert } from '../observation/units.ts';
import type { Device } from './device.ts';
import { parseAddress, parseImei, parseImsi } from './identity.ts';
import { parseIdentifier } from './notation.ts';

/** A device's fields as people write them in a form or a spreadsheet, with the type that each becomes. */
export interface FieldValues {
  id: string;
  name: string;
  area: AreaId;
  site: string;
  lat: number;
  lon: number;
  devEui: string;
  devAddr: string;
  imei: string;
  imsi: string;
  endpoint: string;
  address: string;
  model: string;
  interval: number;
  emptyDistance: number;
  fullDistance: number;
  measures: NonNullable<Device['measures']>;
  frameCounter: NonNullable<Device['frameCounter']>;
  classC: boolean;
  publication: NonNullable<Device['publication']>;
  sandbox: boolean;
  note: string;
  nwkSKey: string;
  appSKey: string;
  appKey: string;
}

export type DeviceField = keyof FieldValues;

/** The keys among the fields; they are written, never shown. */
export const KEY_FIELDS = ['nwkSKey', 'appSKey', 'appKey'] as const satisfies readonly DeviceField[];

export function isKeyField(field: DeviceField): boolean {
  return (KEY_FIELDS as readonly DeviceField[]).includes(field);
}

/** What a device may be marked as for open data. */
export const PUBLICATIONS = ['open', 'private'] as const;

type Parsers = { [Field in DeviceField]: (text: string) => FieldValues[Field] };

const PARSERS: Parsers = {
  id: parseId,
  name: (text) => singleLine(text, 100),
  area: parseArea,
  site: (text) => lastingName(singleLine(text, 100)),
  lat: (text) => numberBetween(text, -90, 90),
  lon: (text) => numberBetween(text, -180, 180),
  devEui: (text) => parseIdentifier(text, 'devEui'),
  devAddr: (text) => parseIdentifier(text, 'devAddr'),
  imei: parseImei,
  imsi: parseImsi,
  endpoint: (text) => singleLine(text, 200),
  address: parseAddress,
  model: (text) => singleLine(text, 200),
  interval: (text) => numberBetween(text, 0.1, 44_640),
  emptyDistance: (text) => numberBetween(text, 0, 50),
  fullDistance: (text) => numberBetween(text, 0, 50),
  measures: parseMeasures,
  frameCounter: (text) => parseWord(text, ['strict', 'resets', 'off'], 'frameCounter'),
  classC: parseYesNo,
  publication: (text) => parseWord(text, PUBLICATIONS, 'publication'),
  sandbox: parseYesNo,
  note: (text) => text.slice(0, 2000),
  nwkSKey: (text) => parseIdentifier(text, 'key'),
  appSKey: (text) => parseIdentifier(text, 'key'),
  appKey: (text) => parseIdentifier(text, 'key'),
};

/** All fields, in the order of a form or a spreadsheet. */
export const DEVICE_FIELDS = Object.keys(PARSERS) as DeviceField[];

/** Parses one field into `target`. Throws ConfigurationError that says what is wrong and what would be right. */
export function parseField<Field extends DeviceField>(
  target: Partial<FieldValues>,
  field: Field,
  text: string,
): void {
  target[field] = PARSERS[field](text);
}

function parseId(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(text)) throw new ConfigurationError({ key: 'devices.error.id' });
  // Network servers name devices after their DevEUI; the list bounds how many there are.
  return text;
}

function singleLine(text: string, longest: number): string {
  if (text.length > longest) {
    throw new ConfigurationError({
      key: 'devices.error.tooLong',
      parameters: { longest, length: text.length },
    });
  }
  if (/\p{Cc}/u.test(text)) throw new ConfigurationError({ key: 'devices.error.controlCharacter' });
  return text;
}

/** Decimal point or comma; the minus sign of a keyboard or of typography. */
function numberBetween(text: string, lowest: number, highest: number): number {
  const plain = text.replace('\u2212', '-').replace(',', '.');
  const value = /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  throw new ConfigurationError({ key: 'devices.error.number', parameters: { lowest, highest, text } });
}

/** An area by its id or by its label in any language. */
function parseArea(text: string): AreaId {
  const wanted = text.toLowerCase();
  const area = AREAS.find((id) => namesOf(id, `observation.area.${id}`).includes(wanted));
  if (area) return area;
  throw new ConfigurationError({ key: 'devices.error.area', parameters: { text } });
}

/** One of several words, as it is or as `devices.<group>.<word>` in any language. */
function parseWord<Word extends string>(text: string, words: readonly Word[], group: string): Word {
  const wanted = text.toLowerCase();
  const word = words.find((candidate) =>
    namesOf(candidate, `devices.${group}.${candidate}`).includes(wanted),
  );
  if (word !== undefined) return word;
  throw new ConfigurationError({ key: 'devices.error.word', parameters: { text } });
}

const SPREADSHEET_BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  x: true,
  false: false,
  '0': false,
};

function parseYesNo(text: string): boolean {
  return SPREADSHEET_BOOLEANS[text.toLowerCase()] ?? parseWord(text, ['yes', 'no'], 'word') === 'yes';
}

function namesOf(word: string, key: string): string[] {
  return [word, ...LANGUAGES.map((language) => translate(language, key).toLowerCase())];
}

/** `probe_temperature=snow_temperature`, several with spaces or commas between them. */
function parseMeasures(text: string): NonNullable<Device['measures']> {
  const pairs = text.replace(/\s*=\s*/g, '=').split(/[\s,;]+/);
  return Object.fromEntries(pairs.map(parsePair));
}

function parsePair(pair: string): [QuantityId, QuantityId] {
  const [input = '', quantity = '', ...rest] = pair.split('=');
  if (rest.length > 0 || !isQuantity(input) || !isQuantity(quantity) || !fits(input, quantity)) {
    throw new ConfigurationError({ key: 'devices.error.measures', parameters: { text: pair } });
  }
  return [input, quantity];
}

/** Both numbers of one dimension, or both of the same other type. */
function fits(input: QuantityId, quantity: QuantityId): boolean {
  const [from, to] = [QUANTITIES[input], QUANTITIES[quantity]];
  if (from.valueType !== to.valueType) return false;
  try {
    convert(0, from.unit, to.unit);
    return true;
  } catch (error) {
    if (error instanceof ByflytError) return false;
    throw error;
  }
}
