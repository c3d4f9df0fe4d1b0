/** A contender's process, observed from outside while it is under load: its memory, its CPU and its event loop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { untilSubscribed } from '../test/support/mqtt.ts';
import { type Contender, cpuSeconds, residentBytes, stop } from './contender.ts';
import type { Lag } from './event-loop-lag.ts';

export interface Figures {
  /** Resident memory at rest before the load, and the most that there was from the start to the end. */
  bytesBefore: number;
  bytesAtPeak: number;
  lag: Lag;
  /** Since the load began: time, and user and system time of all threads. */
  seconds: number;
  cpuSeconds: number;
}

const REST_MS = 3000;

export class AppUnderLoad {
  readonly #child: ChildProcess;
  #before = { bytes: 0, time: 0, cpu: 0 };

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** `contender`: with the option `OBSERVED`. Resolves when it has come to rest and hears the broker. */
  static async start(
    { command, environment, subscriptions }: Contender,
    broker: string,
  ): Promise<AppUnderLoad> {
    const [program = '', ...options] = command;
    const child = spawn(program, options, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
    await untilSubscribed(broker, subscriptions);
    await delay(REST_MS);
    return new AppUnderLoad(child);
  }

  begin(): void {
    this.#child.send('begin');
    const bytes = residentBytes(this.#child, 'VmRSS');
    this.#before = { bytes, time: performance.now(), cpu: cpuSeconds(this.#child) };
  }

  /** To be asked when the load is over; waits until what is left over has been done. */
  async figures(): Promise<Figures> {
    const seconds = (performance.now() - this.#before.time) / 1000;
    await delay(REST_MS);
    const answer = once(this.#child, 'message');
    this.#child.send('report');
    const [lag] = (await answer) as [Lag];
    return {
      bytesBefore: this.#before.bytes,
      bytesAtPeak: residentBytes(this.#child, 'VmHWM'),
      lag,
      seconds,
      cpuSeconds: cpuSeconds(this.#child) - this.#before.cpu,
    };
  }

  stop(): Promise<void> {
    return stop(this.#child);
  }
}
