import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../observation/errors.ts';

const NAME = 'running';

export interface FolderLock {
  /** The last process did not give it back: it was killed, or the power went. */
  wasKilled: boolean;
  unlock(): void;
}

/**
 * Makes this process the only one that writes a data folder. A process that was killed does not hold it any more.
 * Throws ConfigurationError if another process has it.
 */
export function lockFolder(path: string): FolderLock {
  const file = join(path, NAME);
  const wasKilled = existsSync(file);
  const holder = holderOf(file);
  if (holder !== undefined && holder !== process.pid && isRunning(holder)) {
    throw new ConfigurationError({ key: 'persistence.error.inUse', parameters: { path, process: holder } });
  }
  writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`, { mode: 0o600 });
  const unlock = () => {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  };
  return { wasKilled, unlock };
}

/** The process that a lock names, unless the machine has started anew or given the number to another since. */
function holderOf(file: string): number | undefined {
  const [pid = '', start = ''] = textOf(file).trim().split(' ');
  return pid !== '' && startOf(Number(pid)) === start ? Number(pid) : undefined;
}

/** When a process started, as the system counts it (proc(5), field 22); '' where the system does not tell. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
