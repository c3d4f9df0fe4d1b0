import { ConfigurationError } from '../observation/errors.ts';
import type { Device, DeviceKeys } from './device.ts';
import {
  DEVICE_FIELDS,
  type DeviceField,
  type FieldValues,
  KEY_FIELDS,
  parseField,
} from './device-fields.ts';

/** What people typed, by field. An empty text clears a field; one that is left out stays as it was. */
export type FieldTexts = Partial<Record<DeviceField, string>>;

/** What is wrong in one field; `key` and `parameters` give the sentence. */
export interface FieldProblem {
  field: DeviceField;
  key: string;
  parameters: Record<string, string | number>;
}

/** Either a device with the keys that were typed, or everything that is wrong with it. */
export type FormResult =
  | { device: Device; keys: DeviceKeys; problems?: never }
  | { problems: FieldProblem[] };

const REQUIRED = ['name', 'area', 'model'] as const;

/**
 * The device that a filled-in form or spreadsheet row describes. `before` is the device that it changes;
 * a new one without an id gets one from its name, different from those that `isTaken`.
 */
export function readDeviceForm(
  texts: FieldTexts,
  before: Device | undefined,
  isTaken: (id: string) => boolean,
): FormResult {
  const { values, problems } = parseAll(texts);
  const merged = { ...(before ? valuesOf(before) : {}), ...values };
  for (const field of DEVICE_FIELDS) if (texts[field]?.trim() === '') delete merged[field];
  problems.push(...missingFields(merged, problems));
  if (!problems.some(({ field }) => PAIRED.includes(field))) problems.push(...mismatches(merged));
  const { name, area, model } = merged;
  if (problems.length > 0 || name === undefined || area === undefined || model === undefined)
    return { problems };
  const id = before?.id ?? merged.id ?? freeId(name, area, isTaken);
  return { device: deviceOf({ ...merged, id, name, area, model }), keys: keysOf(values) };
}

function parseAll(texts: FieldTexts): { values: Partial<FieldValues>; problems: FieldProblem[] } {
  const values: Partial<FieldValues> = {};
  const problems: FieldProblem[] = [];
  for (const field of DEVICE_FIELDS) {
    const text = texts[field]?.trim() ?? '';
    if (text === '') continue;
    try {
      parseField(values, field, text);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push({ field, key: error.key, parameters: error.parameters });
    }
  }
  return { values, problems };
}

function missingFields(values: Partial<FieldValues>, known: readonly FieldProblem[]): FieldProblem[] {
  return REQUIRED.filter(
    (field) => values[field] === undefined && !known.some((problem) => problem.field === field),
  ).map((field) => problem(field, 'devices.error.required'));
}

/** Fields that need each other; compared when each is right by itself. */
const PAIRED: readonly DeviceField[] = ['lat', 'lon', 'emptyDistance', 'fullDistance'];

function mismatches({ lat, lon, emptyDistance, fullDistance }: Partial<FieldValues>): FieldProblem[] {
  const found: FieldProblem[] = [];
  if ((lat === undefined) !== (lon === undefined)) {
    found.push(problem(lat === undefined ? 'lat' : 'lon', 'devices.error.bothCoordinates'));
  }
  if ((emptyDistance === undefined) !== (fullDistance === undefined)) {
    const field = emptyDistance === undefined ? 'emptyDistance' : 'fullDistance';
    found.push(problem(field, 'devices.error.bothDistances'));
  }
  if (emptyDistance !== undefined && fullDistance !== undefined && emptyDistance <= fullDistance) {
    found.push(problem('emptyDistance', 'devices.error.distanceOrder'));
  }
  return found;
}

function problem(field: DeviceField, key: string): FieldProblem {
  return { field, key, parameters: {} };
}

type Complete = Partial<FieldValues> & Pick<FieldValues, 'id' | (typeof REQUIRED)[number]>;

function deviceOf(values: Complete): Device {
  const { lat, lon, classC, sandbox, nwkSKey, appSKey, appKey, ...rest } = values;
  return {
    ...rest,
    ...(lat !== undefined && lon !== undefined && { location: { lat, lon } }),
    ...(classC && { classC }),
    ...(sandbox && { sandbox }),
  };
}

function valuesOf(device: Device): Partial<FieldValues> {
  const { location, ...rest } = device;
  return { ...rest, ...location };
}

function keysOf(values: Partial<FieldValues>): DeviceKeys {
  const typed = KEY_FIELDS.flatMap((field) => (values[field] === undefined ? [] : [[field, values[field]]]));
  return Object.fromEntries(typed);
}

/** Nordic letters that have no accent to remove. */
const LETTERS: Readonly<Record<string, string>> = { æ: 'ae', ø: 'o', ð: 'd', þ: 'th' };

/** An id from a name ("Ås skole, kjeller" -> `as-skole-kjeller`); from the area if the name is a DevEUI. */
function freeId(name: string, area: string, isTaken: (id: string) => boolean): string {
  const slug = slugOf(name);
  const isIdentifier = /[0-9a-f]{12}/.test(slug.replaceAll('-', ''));
  const base = slug === '' || isIdentifier ? slugOf(area) : slug;
  const idOf = (number: number) => (number === 1 && !isIdentifier ? base : `${base}-${number}`);
  // A town may have thousands of devices of one name: by doubling and halving it takes few looks.
  let [taken, free] = [0, 1];
  while (isTaken(idOf(free))) [taken, free] = [free, 2 * free];
  while (free - taken > 1) {
    const middle = (taken + free) >> 1;
    if (isTaken(idOf(middle))) taken = middle;
    else free = middle;
  }
  return idOf(free);
}

/** Lower-case letters a to z, digits and hyphens, 50 at most; empty if the text has none of these. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[æøðþ]/g, (letter) => LETTERS[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '');
}
