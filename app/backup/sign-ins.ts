import { readJson, writeJsonAtomically } from '../../nodes/devices/atomic-file.ts';

/**
 * Takes passwords and tokens out of a settings file (`BYFLYT_...`), also those inside an address.
 * Throws ConfigurationError if it is no JSON.
 */
export function removeSignIns(path: string): void {
  const settings = readJson(path);
  if (settings === undefined) return;
  const entries = Object.entries(settings as object).filter(([name]) => !/_(PASSWORD|TOKEN)$/.test(name));
  writeJsonAtomically(path, Object.fromEntries(entries.map(([name, value]) => [name, plainAddress(value)])));
}

function plainAddress(value: unknown): unknown {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || url.username + url.password === '') return value;
  url.username = '';
  url.password = '';
  return url.href;
}
