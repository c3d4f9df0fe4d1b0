import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How long the event loop was held up, s. */
export interface EventLoopDelay {
  mean: number;
  p99: number;
  max: number;
}

/** ms between two looks of the histogram; what it measures includes them. */
const RESOLUTION = 20;
/** ms of which the newest figures are. */
const PERIOD = 10_000;
const NANO = 1e-9;

/** Measures the delay of the event loop for as long as the process lives; `read` gives the last ten seconds or more. */
export function watchEventLoop(): { read(): EventLoopDelay; close(): void } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  let previous: EventLoopDelay = { mean: 0, p99: 0, max: 0 };
  const now = (): EventLoopDelay => ({
    mean: delayOf(histogram.mean),
    p99: delayOf(histogram.percentile(99)),
    max: delayOf(histogram.max),
  });
  const timer = setInterval(() => {
    previous = now();
    histogram.reset();
  }, PERIOD).unref();
  return {
    read() {
      const current = now();
      return current.max > previous.max ? current : previous;
    },
    close() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** The histogram counts nanoseconds from one look to the next, and has NaN before the first. */
function delayOf(nanoseconds: number): number {
  return Number.isNaN(nanoseconds) ? 0 : Math.max(0, nanoseconds * NANO - RESOLUTION / 1000);
}
