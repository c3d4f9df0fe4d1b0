/** One tab from sensor to database: intake, decode, checks, the detector if wanted, store. */
import { QUANTITIES } from './uplinks.ts';

type Step = Readonly<Record<string, unknown>> & { id: string };

/** Nodes of a flow file; the database and the broker are those of Byflyt's settings. */
export function leanFlow({ detector = false } = {}): object[] {
  const steps: Step[] = [
    {
      id: 'intake',
      type: 'byflyt-intake',
      version: 1,
      transport: 'mqtt',
      broker: 'byflyt',
      url: '',
      topics: ['v3/+/devices/+/up'],
      protocolVersion: '4',
      path: '',
    },
    { id: 'decode', type: 'byflyt-lorawan-decode', version: 1, devices: 'devices', area: '' },
    {
      id: 'check',
      type: 'byflyt-quality-check',
      version: 1,
      preset: 'standard',
      grossRange: true,
      climatology: true,
      rateOfChange: true,
      spike: true,
      flatLine: true,
      neighbour: true,
      counter: true,
      device: true,
      overrides: [],
    },
    ...(detector ? [DETECTOR] : []),
    { id: 'store', type: 'byflyt-store', version: 1, database: 'database' },
  ];
  return [
    { id: 'tab', type: 'tab', label: 'Lean' },
    { id: 'devices', type: 'byflyt-devices', version: 1, name: '' },
    { id: 'database', type: 'byflyt-database', version: 1, name: '', kind: 'settings', url: '', org: '' },
    ...steps.map((step, index) => ({ z: 'tab', x: 0, y: 0, ...step, wires: wiresTo(steps[index + 1]) })),
  ];
}

const DETECTOR: Step = {
  id: 'detector',
  type: 'byflyt-anomaly-detect',
  version: 1,
  sensitivity: 50,
  chosen: true,
  quantities: QUANTITIES,
};

function wiresTo(next: Step | undefined): string[][] {
  return next ? [[next.id]] : [];
}
