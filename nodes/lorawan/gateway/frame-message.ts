import { type JsonObject, present } from '../json-fields.ts';
import type { Reception } from '../receptions.ts';
import type { CollectedFrame } from './collector.ts';

/** What the gateway node hands to the decode node: a frame as the gateway wrote it that heard it best, and who else did. */
export interface FrameMessage {
  gatewayId: string;
  /** One. */
  rxpk: JsonObject[];
  /** The strongest first. */
  receptions: Reception[];
}

export function frameMessage({ receptions }: CollectedFrame): FrameMessage {
  const [best] = receptions;
  return {
    gatewayId: best?.gatewayId ?? '',
    rxpk: best ? [best.rxpk] : [],
    receptions: receptions.map(({ gatewayId, rssi, snr, time }) =>
      present<Reception>({ gatewayId, rssi, snr, time }),
    ),
  };
}
