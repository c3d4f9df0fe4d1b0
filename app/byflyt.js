#!/usr/bin/env node
// The `byflyt` command. Plain JavaScript that an old Node.js can read: with one it starts again on the pinned runtime.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 13];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split('.').map(Number);
const recent = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
const pinned = join(root, 'node_modules/.bin/node');

if (!recent && existsSync(pinned) && process.env.BYFLYT_RELAUNCHED === undefined) {
  const child = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, BYFLYT_RELAUNCHED: '1' },
  });
  process.exitCode = child.status ?? 1;
} else {
  const built = join(root, 'dist/app/cli.js');
  await import(existsSync(built) ? built : join(root, 'app/cli.ts'));
}
