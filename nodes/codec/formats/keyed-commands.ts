import type { CodecOutput, DownlinkOutput } from '../codec.ts';
import { isGroup, requestOf, unknownCommand } from './command-request.ts';
import { type Field, type Piece, readFields, type Values } from './field.ts';
import { writeField } from './field-writer.ts';

/** Commands that can stand in one message, each a byte and its parameters. */
export interface KeyedCommands {
  fPort: number;
  /** By the name that asks for it: `{ setTargetTemperature: 21 }`. */
  commands: Readonly<Record<string, Command>>;
}

interface Command {
  code: number;
  /** Bytes of the parameters; 0 if absent: the command stands for itself. */
  length?: number;
  /** The parameters by name; a single field with the command's own name takes the value itself. */
  fields?: readonly Field[];
}

/**
 * Encodes `{ setTargetTemperature: 21, getKeepAliveTime: true }`, in the order of the names. A command without
 * parameters whose value is false is left out. Throws CodecError `codec.error.unknownCommand` for a name that is no
 * command and a parameter that is missing or does not fit.
 */
export function encodeCommands(
  { fPort, commands }: KeyedCommands,
  model: string,
  request: unknown,
): DownlinkOutput {
  const bytes = Object.entries(requestOf(request)).flatMap(([name, value]) => {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw unknownCommand(model, name, value);
    if (command.fields === undefined) return value === false ? [] : [command.code];
    const parameters = Buffer.alloc(command.length ?? 0);
    const given: Values = isGroup(value) ? value : { [name]: value };
    for (const field of command.fields) {
      const own = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
      if (!writeField(field, own, parameters)) throw unknownCommand(model, pathOf(name, field), own);
    }
    return [command.code, ...parameters];
  });
  return { fPort, bytes };
}

/** The reverse of `encodeCommands`. Throws CodecError if the last command is cut off. */
export function decodeCommands(
  { fPort, commands }: KeyedCommands,
  piece: Piece & { fPort: number },
): CodecOutput {
  if (piece.fPort !== fPort) return { errors: ['invalid FPort'] };
  const data: Values = {};
  let at = 0;
  while (at < piece.bytes.length) {
    const known = Object.entries(commands).find(([, { code }]) => code === piece.bytes[at]);
    if (!known) return { errors: ['invalid command'] };
    const [name, { fields, length = 0 }] = known;
    const end = at + 1 + length;
    data[name] = fields === undefined ? true : parametersOf(name, fields, piece, [at + 1, end]);
    at = end;
  }
  return { data };
}

function parametersOf(
  name: string,
  fields: readonly Field[],
  piece: Piece,
  [start, end]: readonly [number, number],
): unknown {
  const values: Values = {};
  readFields(fields, { ...piece, bytes: piece.bytes.subarray(start, end) }, values);
  return Object.hasOwn(values, name) ? values[name] : values;
}

function pathOf(command: string, { name }: Field): string {
  return name === command ? name : `${command}.${name}`;
}
