import { ConfigurationError } from '../../observation/errors.ts';
import type { ReplayRequest } from './replay-service.ts';

const DEVICES_AT_MOST = 10_000;

/**
 * `{ devices: [id], from, to }` as the form sends it, times in ISO 8601. Throws ConfigurationError that says what is
 * missing or wrong.
 */
export function readReplayRequest(body: unknown): ReplayRequest {
  const { devices, from, to } = (body ?? {}) as Record<string, unknown>;
  const ids = (Array.isArray(devices) ? devices : []).filter((id) => typeof id === 'string');
  if (ids.length === 0 || ids.length > DEVICES_AT_MOST) {
    throw new ConfigurationError({ key: 'operator.replay.noDevices' });
  }
  const request = { devices: [...new Set(ids)], from: timeOf(from), to: timeOf(to) };
  if (request.from < request.to) return request;
  throw new ConfigurationError({ key: 'operator.replay.badPeriod' });
}

function timeOf(value: unknown): number {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new ConfigurationError({ key: 'operator.replay.badPeriod' });
}
