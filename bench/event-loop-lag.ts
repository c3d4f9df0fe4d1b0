/** How late the event loop of another process is, which is what its editor feels. */

export interface Lag {
  /** Milliseconds later than asked for. */
  p50: number;
  p99: number;
  longest: number;
}

/**
 * Runs in the process that is observed, which has an IPC channel: message 'begin' starts the measurement, 'report' is
 * answered with a `Lag`. Uses nothing from outside, as it goes there as text.
 */
function observe({ monitorEventLoopDelay }: typeof import('node:perf_hooks')): void {
  const resolution = 10;
  const delays = monitorEventLoopDelay({ resolution });
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
  process.on('message', (message) => {
    if (message === 'begin') {
      delays.enable();
      delays.reset();
    } else if (message === 'report') {
      const [p50, p99] = [late(delays.percentile(50)), late(delays.percentile(99))];
      process.send?.({ p50, p99, longest: late(delays.max) } satisfies Lag);
    }
  });
  process.channel?.unref();
}

const script = `import * as hooks from 'node:perf_hooks'; (${observe})(hooks);`;

/** Option of Node.js without which a process cannot be observed. JavaScript: to read TypeScript takes 10 MB of memory. */
export const OBSERVED = `--import=data:text/javascript,${encodeURIComponent(script)}`;
