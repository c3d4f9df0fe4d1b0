import type { Device } from '../devices/device.ts';
import type { DeviceReference, Link, Observation } from '../observation/observation.ts';
import { choosePhenomenonTime } from '../observation/time.ts';
import { present } from './json-fields.ts';
import type { Uplink } from './network-message.ts';
import type { PayloadCodec, PayloadSample } from './payload.ts';

/** Everything about an uplink that is the same for all its samples. */
export interface UplinkFacts {
  device: DeviceReference;
  uplink: Uplink;
  /** The payload in clear, with the counter that a frame's MIC confirmed. */
  found: { payload: Buffer; fPort?: number; fCnt?: number };
  codec?: PayloadCodec;
  context: { receivedTime: string; journalId?: string };
}

/** One Observation per sample; times by the rule of observation/time.ts. */
export function observationsOf(samples: readonly PayloadSample[], facts: UplinkFacts): Observation[] {
  const { device, uplink, found, codec, context } = facts;
  const raw = present<Observation['raw']>({
    journalId: context.journalId,
    payloadHex: found.payload === uplink.payload ? uplink.payloadHex : found.payload.toString('hex'),
    codec: codec?.id ?? '',
    codecVersion: codec?.version ?? '',
  });
  return samples.map(({ values, deviceTime, data }, index) => {
    const { phenomenonTime, timeSource } = choosePhenomenonTime({
      device: deviceTime,
      gateway: uplink.gatewayTime,
      network: uplink.time,
      received: context.receivedTime,
    });
    return present<Omit<Observation, 'quality' | 'anomalies'>>({
      device,
      phenomenonTime,
      timeSource,
      receivedTime: context.receivedTime,
      stored: index < samples.length - 1 ? true : undefined,
      values,
      link: linkOf(uplink, found),
      decoded: data,
      raw,
    });
  });
}

/** The part of a registered device that travels with its readings. */
export function deviceReference(device: Device): DeviceReference {
  const { id, name, area, site, location, sandbox } = device;
  return present<DeviceReference>({ id, name, area, site, location, sandbox });
}

function linkOf(uplink: Uplink, { fPort, fCnt }: UplinkFacts['found']): Link {
  return present<Link>({
    network: 'lorawan',
    fPort,
    fCnt,
    rssi: uplink.rssi,
    snr: uplink.snr,
    spreadingFactor: uplink.sf,
    // Some servers list the best receptions only, and say how many there were.
    gateways: Math.max(uplink.distinctGateways ?? 0, uplink.totalGateways ?? 0) || undefined,
  });
}
