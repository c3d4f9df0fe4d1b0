import type { DeviceReference, Observation } from '../../nodes/observation/observation.ts';

/** A reading of a device at the ski trail's start, for tests. `time` in ms since 1970 UTC. */
export function observation(
  time: number,
  values: Observation['values'],
  device: Partial<DeviceReference> = {},
): Observation {
  const at = new Date(time).toISOString();
  return {
    device: { id: 'start', name: 'Trail sensor A', area: 'ski_trail', site: 'Start', ...device },
    phenomenonTime: at,
    timeSource: 'arrival',
    receivedTime: at,
    values,
    raw: { payloadHex: '', codec: 'test', codecVersion: '0' },
  };
}
