import type { Device } from '../../devices/device.ts';
import { numberOf, objectOf, textOf } from '../../lorawan/json-fields.ts';
import { MessageError } from '../../observation/errors.ts';
import { resourceType } from '../lwm2m-objects.ts';
import { isKeyObject } from './registration.ts';
import { type TypedValue, typedValue } from './resource-body.ts';

/** What a flow can ask of a device, by the field of the command that names its path. */
export const OPERATIONS = [
  'read',
  'write',
  'execute',
  'discover',
  'attributes',
  'observe',
  'cancel',
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** A command as a flow gives it, checked: it is kept in this form while the device sleeps. */
export interface Command {
  operation: Operation;
  /** `/3303/0/5700`. */
  path: string;
  /** Of a write. */
  values?: TypedValue[];
  /** Of an execute: `0='x'`, as the device's description says. */
  argument?: string;
  /** Of attributes: `pmin=10`. */
  query?: string[];
}

/** What may be written, executed or set. Nothing else may. */
export interface Allowance {
  /** Id in the device list; absent: each device. */
  device?: string;
  /** `/3311/0/5850`, or what lies above it; `*` for any number in one place. */
  path: string;
  /** Ends of the range for numbers. */
  lowest?: number;
  highest?: number;
}

/** Levels of a path below which an operation can work: object, instance, resource, resource instance. */
const LEVELS: Readonly<Record<Operation, readonly number[]>> = {
  read: [1, 2, 3, 4],
  write: [2, 3],
  execute: [3],
  discover: [1, 2, 3],
  attributes: [1, 2, 3],
  observe: [1, 2, 3, 4],
  cancel: [1, 2, 3, 4],
};

const CHANGING: ReadonlySet<Operation> = new Set(['write', 'execute', 'attributes']);
/** Of those that devices know: OMA LwM2M TS 1.1, section 5.1. */
const ATTRIBUTES = ['pmin', 'pmax', 'gt', 'lt', 'st'];
const MOST_VALUES = 64;

/** Reads `{ read | write | execute | ... : path, value? }`. Throws MessageError `nbiot.error.lwm2m...`. */
export function readCommand(payload: unknown): Command {
  const fields = objectOf(payload) ?? {};
  const named = OPERATIONS.filter((operation) => fields[operation] !== undefined);
  const [operation] = named;
  if (operation === undefined || named.length > 1)
    throw new MessageError({ key: 'nbiot.error.lwm2mCommand' });
  const path = checkedPath(operation, fields[operation]);
  const extra = EXTRAS[operation];
  return { operation, path, ...(extra ? extra(path, fields.value) : {}) };
}

function checkedPath(operation: Operation, value: unknown): string {
  const text = String(value).slice(0, 60);
  const path = textOf(value)?.trim() ?? '';
  const levels = path.split('/').length - 1;
  const isPath =
    /^(\/(0|[1-9]\d{0,4})){1,4}$/.test(path) && path.split('/').every((step) => Number(step) <= 65_535);
  if (!isPath) throw new MessageError({ key: 'nbiot.error.lwm2mBadPath', parameters: { path: text } });
  const [object, , resource] = path.split('/').slice(1).map(Number);
  if (isKeyObject(path) || (resource !== undefined && resourceType(object, resource) === 'secret')) {
    throw new MessageError({ key: 'nbiot.error.lwm2mKeys' });
  }
  if (LEVELS[operation].includes(levels)) return path;
  throw new MessageError({ key: 'nbiot.error.lwm2mPathLevel', parameters: { path, operation } });
}

const EXTRAS: Partial<Record<Operation, (path: string, value: unknown) => Partial<Command>>> = {
  write: (path, value) => ({ values: valuesOf(path, value) }),
  execute: (path, value) => (value === undefined ? {} : { argument: argumentOf(path, value) }),
  attributes: (path, value) => ({ query: attributesOf(path, value) }),
};

/** One value, or several of one instance by their resource numbers: `{ "5850": true, "5851": 40 }`. */
function valuesOf(path: string, value: unknown): TypedValue[] {
  if (path.split('/').length === 4) return [typedValue(path, value)];
  const entries = Object.entries(objectOf(value) ?? {});
  const isRight =
    entries.length > 0 && entries.length <= MOST_VALUES && entries.every(([id]) => /^\d{1,5}$/.test(id));
  if (!isRight) throw new MessageError({ key: 'nbiot.error.lwm2mWriteInstance', parameters: { path } });
  return entries.map(([id, own]) => typedValue(`${path}/${Number(id)}`, own));
}

/** OMA LwM2M TS 1.1, section 6.3.5: digits, each with a text if need be: `5,2='10.3'`. */
function argumentOf(path: string, value: unknown): string {
  const text = String(value);
  if (text.length <= 200 && /^(\d(='[^'\p{Cc}]*')?(,|$))*$/u.test(text)) return text;
  throw new MessageError({
    key: 'nbiot.error.lwm2mArgument',
    parameters: { path, value: text.slice(0, 60) },
  });
}

function attributesOf(path: string, value: unknown): string[] {
  const entries = Object.entries(objectOf(value) ?? {});
  const isRight =
    entries.length > 0 &&
    entries.every(
      ([name, own]) =>
        ATTRIBUTES.includes(name) &&
        numberOf(own) !== undefined &&
        Number(own) >= (/^p/.test(name) ? 0 : -Infinity),
    );
  if (!isRight) throw new MessageError({ key: 'nbiot.error.lwm2mAttributes', parameters: { path } });
  return entries.map(([name, own]) => `${name}=${Number(own)}`);
}

/** Throws MessageError `nbiot.error.lwm2mNotAllowed` or `lwm2mOutOfRange` if a command would change what it may not. */
export function requireAllowed(
  list: readonly Allowance[],
  { id, name }: Pick<Device, 'id' | 'name'>,
  command: Command,
): void {
  const { operation, path, values = [] } = command;
  if (!CHANGING.has(operation)) return;
  const targets: readonly Pick<TypedValue, 'path'>[] = values.length > 0 ? values : [{ path }];
  for (const target of targets) {
    const rows = list.filter((row) => (row.device ?? id) === id && covers(row.path, target.path));
    // What is said of one device goes before what is said of all.
    const row = rows.find(({ device }) => device !== undefined) ?? rows[0];
    if (!row)
      throw new MessageError({
        key: 'nbiot.error.lwm2mNotAllowed',
        parameters: { path: target.path },
        device: name,
      });
    if ('value' in target) requireRange(row, target as TypedValue, name);
  }
}

function requireRange(
  { lowest = -Infinity, highest = Infinity }: Allowance,
  { path, value }: TypedValue,
  device: string,
): void {
  if (typeof value !== 'number' || (value >= lowest && value <= highest)) return;
  const parameters = { path, value, lowest, highest };
  throw new MessageError({ key: 'nbiot.error.lwm2mOutOfRange', parameters, device });
}

/** Whether a path is the row's or lies below it. */
function covers(pattern: string, path: string): boolean {
  const steps = path.split('/');
  return pattern.split('/').every((step, index) => step === '*' || step === steps[index]);
}
