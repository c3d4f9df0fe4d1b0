import { CodecError } from '../../observation/errors.ts';
import type { Values } from './field.ts';

export function isGroup(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a device is asked to do, by name. Throws CodecError `codec.error.badRequest` if it is no object. */
export function requestOf(data: unknown): Values {
  if (isGroup(data)) return data;
  throw new CodecError({ key: 'codec.error.badRequest', parameters: { field: 'data' } });
}

/** For a name that is no command of the device, and a value that is missing or that the device cannot be sent. */
export function unknownCommand(model: string, name: string, value: unknown): CodecError {
  const text = JSON.stringify(value) ?? '';
  return new CodecError({ key: 'codec.error.unknownCommand', parameters: { model, name, value: text } });
}
