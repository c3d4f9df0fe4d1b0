/**
 * Preloaded into a program (`--import`), shifts its wall clock by the milliseconds in the file CLOCK_SHIFT_FILE, while
 * it runs: as when somebody sets the clock, timers and `performance.now()` go on.
 */
import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 20;
const file = process.env.CLOCK_SHIFT_FILE ?? '';
const RealDate = Date;
let shift = read();

function read(): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    return 0; // not shifted yet
  }
}

function now(): number {
  return RealDate.now() + shift;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, asked) =>
    Reflect.construct(target, values.length > 0 ? values : [now()], asked) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});

setInterval(() => {
  shift = read();
}, LOOK_EVERY_MS).unref();
