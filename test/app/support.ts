import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}

/** UDP ports that hardly anybody else has: tests that run beside each other must not hear each other's devices. */
function datagramPorts(): Record<string, string> {
  const first = randomInt(20_000, 32_000);
  return {
    BYFLYT_COAP_PORT: String(first),
    BYFLYT_UDP_PORT: String(first + 1),
    BYFLYT_LWM2M_PORT: String(first + 2),
  };
}

/** A program under test, with what it printed so far. */
export class Program {
  static readonly #running = new Set<ChildProcess>();
  readonly #process: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';
  errors = '';

  /** @param path of a script in the project */
  constructor(path: string, args: readonly string[], environment: Record<string, string> = {}) {
    this.#process = spawn(process.execPath, [join(ROOT, path), ...args], {
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C' },
        ...datagramPorts(),
        ...environment,
      },
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    Program.#running.add(this.#process);
    this.ended = once(this.#process, 'close').then(([code]) => {
      Program.#running.delete(this.#process);
      return code as number | null;
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the program did not start');
    return this.#process.pid;
  }

  /** Ends what a failed test left behind. */
  static killAll(): void {
    for (const process of Program.#running) process.kill('SIGKILL');
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  send(text: string): void {
    this.#process.stdin?.write(text);
  }

  endInput(): void {
    this.#process.stdin?.end();
  }

  /** As a reader of the output does that has seen enough. */
  closeOutput(): void {
    this.#process.stdout?.destroy();
  }

  /** Resolves when the output has the text; fails when the program ended without it or takes too long. */
  async until(text: string | RegExp, withinMs = 20_000): Promise<void> {
    const found = (): boolean =>
      typeof text === 'string' ? this.output.includes(text) : text.test(this.output);
    for (const end = Date.now() + withinMs; !found(); await sleep(20)) {
      const dead = this.#process.exitCode !== null;
      if (dead || Date.now() > end) throw new Error(`no ${text} in: ${this.output}${this.errors}`);
    }
  }
}

/** Runs a `byflyt` command to its end. */
export async function byflyt(
  args: readonly string[],
  input = '',
  environment: Record<string, string> = {},
): Promise<{ status: number | null; lines: string[]; output: string; errors: string }> {
  const program = new Program('app/cli.ts', args, environment);
  program.send(input);
  program.endInput();
  const status = await program.ended;
  const { output, errors } = program;
  return { status, output, errors, lines: output.split('\n').filter(Boolean) };
}
