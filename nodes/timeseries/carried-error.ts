import { ByflytError, ConfigurationError, ConnectionError, messageOf } from '../observation/errors.ts';
import type { CarriedError } from './storage-protocol.ts';

const CLASSES = { ByflytError, ConfigurationError, ConnectionError } as const;

/** An error as it goes to another thread, which `revived` makes an error again. */
export function carried(error: unknown): CarriedError {
  const message = messageOf(error);
  if (!(error instanceof ByflytError)) return { name: 'Error', message };
  const { key, parameters, device } = error;
  return { name: classOf(error), message, problem: { key, parameters, device } };
}

/** Of the same class for all who tell ByflytErrors apart. */
export function revived({ name, message, problem }: CarriedError): Error {
  return problem ? new CLASSES[name as keyof typeof CLASSES](problem) : new Error(message);
}

function classOf(error: ByflytError): keyof typeof CLASSES {
  if (error instanceof ConnectionError) return 'ConnectionError';
  return error instanceof ConfigurationError ? 'ConfigurationError' : 'ByflytError';
}
