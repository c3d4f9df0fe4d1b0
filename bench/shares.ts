/** Where the main thread's time went, from a V8 CPU profile, by the step of a measurement. */
import { readFileSync } from 'node:fs';

interface CpuProfile {
  /** µs of the monotonic clock. */
  startTime: number;
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

/** First match names the step; a library counts for the step that called it. */
const STEPS: readonly [step: string, pattern: RegExp][] = [
  ['intake', /nodes\/intake\//],
  ['journal and outbox', /nodes\/persistence\//],
  ['decode', /nodes\/(lorawan|codec|devices)\//],
  ['checks', /nodes\/quality\//],
  ['detector', /nodes\/anomaly\//],
  ['alarms', /nodes\/alarm\//],
  ['points and database', /nodes\/timeseries\//],
  ['open data', /nodes\/(opendata|operator)\//],
  ['MQTT client', /node_modules\/(mqtt|mqtt-packet|bl|readable-stream)\//],
  ['Node-RED', /node_modules\/(@node-red|node-red)\//],
];

/**
 * Step -> share (0..1) of the busy time between two moments (µs of the monotonic clock); idle time is left out, garbage
 * collection and the rest are named. Waiting for the disk counts as busy.
 */
export function shares(file: string, { from, to }: { from: number; to: number }): Map<string, number> {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const steps = stepsOfNodes(profile);
  const time = new Map<string, number>();
  let now = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    now += profile.timeDeltas[index] ?? 0;
    if (now < from || now > to) continue;
    const step = steps.get(id) ?? 'other';
    time.set(step, (time.get(step) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  time.delete('idle');
  const total = [...time.values()].reduce((sum, value) => sum + value, 0);
  return new Map([...time].sort((a, b) => b[1] - a[1]).map(([step, value]) => [step, value / total]));
}

function stepsOfNodes(profile: CpuProfile): Map<number, string> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const steps = new Map<number, string>();
  const walk = (id: number, inherited: string): void => {
    const node = nodes.get(id);
    if (!node) return;
    const step = ownStep(node.callFrame) ?? inherited;
    steps.set(id, step);
    for (const child of node.children ?? []) walk(child, step);
  };
  const root = profile.nodes[0];
  if (root) walk(root.id, 'other');
  return steps;
}

function ownStep(frame: { functionName: string; url: string }): string | undefined {
  if (frame.functionName === '(idle)' || frame.functionName === '(program)') return 'idle';
  if (frame.functionName === '(garbage collector)') return 'garbage collection';
  return STEPS.find(([, pattern]) => pattern.test(frame.url))?.[0];
}
