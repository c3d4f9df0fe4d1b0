import { ConnectionError, messageOf } from '../observation/errors.ts';

/** The file of the embedded database is damaged, or is none. */
export class DamagedFileError extends ConnectionError {}

/** Primary result codes (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const KEYS: Readonly<Record<number, string>> = {
  [BUSY]: 'timeseries.error.disk_busy',
  [READONLY]: 'timeseries.error.disk_read_only',
  [CANTOPEN]: 'timeseries.error.disk_read_only',
  [FULL]: 'timeseries.error.disk_full',
};

/** What SQLite threw as what people are told; anything else as it is. */
export function storageError(error: unknown): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const parameters = { message: messageOf(error) };
  if (code === CORRUPT || code === NOTADB) {
    return new DamagedFileError({ key: 'timeseries.error.damaged', parameters }, { cause: error });
  }
  return new ConnectionError({ key: KEYS[code] ?? 'timeseries.error.disk', parameters }, { cause: error });
}

/** Of an error of node:sqlite, or of one that has such an error as its cause. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errcode } = error as { errcode?: unknown };
  // The low byte; what stands above it says more about where it happened.
  return typeof errcode === 'number' ? errcode & 0xff : resultCode(error.cause);
}
