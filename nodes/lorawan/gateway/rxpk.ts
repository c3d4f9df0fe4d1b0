import { MessageError } from '../../observation/errors.ts';
import {
  bytesOfBase64,
  type JsonObject,
  numberOf,
  objectsOf,
  present,
  textOf,
  timeOf,
} from '../json-fields.ts';
import { byStrength, type Reception } from '../receptions.ts';
import { type DataRate, dataRateNamed } from './eu868.ts';

/** One gateway's reception of a frame, with what it takes to answer through that gateway. */
export interface GatewayReception extends Reception {
  gatewayId: string;
  /** The concentrator's counter when the frame ended, microseconds modulo 2^32: answers are timed by it. */
  tmst: number;
  /** As the gateway wrote it. */
  rxpk: JsonObject;
}

/** A frame as a gateway heard it. */
export interface HeardFrame {
  /** PHYPayload. */
  phy: Buffer;
  frequencyHz: number;
  /** Undefined for one that EU868 does not have. */
  dataRate: DataRate | undefined;
  reception: GatewayReception;
}

/**
 * The frame of one `rxpk` of a packet forwarder (PROTOCOL.TXT, 4); undefined if its checksum on the air was wrong.
 * Throws MessageError `lorawan.error.rxpkNotReadable` or `payloadNotBase64`.
 */
export function readRxpk(rxpk: JsonObject, gatewayId: string): HeardFrame | undefined {
  if (numberOf(rxpk.stat) === -1) return undefined;
  const [tmst, megahertz] = [numberOf(rxpk.tmst), numberOf(rxpk.freq)];
  if (
    tmst === undefined ||
    !Number.isInteger(tmst) ||
    tmst < 0 ||
    tmst >= 2 ** 32 ||
    megahertz === undefined
  ) {
    throw new MessageError({ key: 'lorawan.error.rxpkNotReadable', parameters: { gateway: gatewayId } });
  }
  const phy = textOf(rxpk.data) === undefined ? undefined : bytesOfBase64(rxpk.data);
  if (!phy) throw new MessageError({ key: 'lorawan.error.payloadNotBase64' });
  return {
    phy,
    // Written in MHz with up to six decimals.
    frequencyHz: Math.round(megahertz * 1e6),
    dataRate: dataRateNamed(rxpk.datr),
    reception: present<GatewayReception>({
      gatewayId,
      tmst,
      time: timeOf(rxpk.time),
      rxpk,
      ...strengthOf(rxpk),
    }),
  };
}

/** Gateways with several antennas give a list of signals instead (`rsig`); the strongest counts. FSK has no SNR. */
export function strengthOf(rxpk: JsonObject): Pick<Reception, 'rssi' | 'snr'> {
  const isFsk = typeof rxpk.datr === 'number';
  const signalOf = (rssi: unknown, snr: unknown) =>
    present<Reception>({ rssi: numberOf(rssi), snr: isFsk ? undefined : numberOf(snr) });
  const signals = objectsOf(rxpk.rsig).map(({ rssic, rssis, lsnr }) =>
    signalOf(numberOf(rssic) ?? rssis, lsnr),
  );
  return signals.toSorted(byStrength)[0] ?? signalOf(rxpk.rssi, rxpk.lsnr);
}
