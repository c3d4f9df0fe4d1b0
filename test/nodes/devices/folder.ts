import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../../nodes/devices/device.ts';

const folders: string[] = [];

/** A data folder of its own for one test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'byflyt-devices-'));
  folders.push(folder);
  return folder;
}

/** To be called after the tests of a file. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export const SECRET = 'a credential secret for tests';

/** A device with all that must be there. */
export function device(changes: Partial<Device> = {}): Device {
  return { id: 'bin-7', name: 'Bin 7', area: 'waste', model: 'milesight-em310-udl', ...changes };
}
