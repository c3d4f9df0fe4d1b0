import { MessageError } from '../observation/errors.ts';
import { radioOf, receptionOf } from './chirpstack.ts';
import { hexOfBase64, type JsonObject, numberOf, objectOf, present, textOf, timeOf } from './json-fields.ts';
import type { NetworkMessage, Uplink } from './network-message.ts';
import { type Reception, summarize } from './receptions.ts';

/** `rxInfo` of the bridge's version 2, which carries the radio settings too. */
/** The payload of a frame is encrypted. */
const NOT_IN_CLEAR = { payload: Buffer.alloc(0), payloadHex: '' };

interface OldReception extends Reception {
  radio: Pick<Uplink, 'sf' | 'bandwidthHz' | 'frequencyHz'>;
}

/**
 * A raw frame: an uplink event of the ChirpStack Gateway Bridge (JSON marshaler, versions 2 to 4)
 * or a plain `{ "phyPayload": hex or base64 }`; undefined if the message has no `phyPayload`.
 */
export function readGatewayFrame(message: JsonObject): NetworkMessage | undefined {
  if (message.phyPayload === undefined) return undefined;
  const frameHex = frameHexOf(message.phyPayload);
  const rxInfo = objectOf(message.rxInfo);
  if (!rxInfo) return { kind: 'uplink', network: 'raw-frame', ...NOT_IN_CLEAR, frameHex };
  const old = oldReception(rxInfo);
  const radio = old?.radio ?? radioOf(objectOf(message.txInfo));
  const { radio: _, ...reception } = old ?? { radio, ...receptionOf(rxInfo, radio.sf !== undefined) };
  const time = reception.time ?? timeOf(rxInfo.nsTime);
  return present<Uplink>({
    kind: 'uplink',
    network: 'gateway-bridge',
    ...NOT_IN_CLEAR,
    frameHex,
    time,
    timeField: time === undefined ? undefined : 'rxInfo',
    ...radio,
    ...summarize([reception]),
  });
}

function frameHexOf(value: unknown): string {
  const text = textOf(value)?.replace(/\s/g, '') ?? '';
  const hex = text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text) ? text.toLowerCase() : hexOfBase64(text);
  if (!hex) throw new MessageError({ key: 'lorawan.error.frameNotReadable' });
  return hex;
}

function oldReception(rxInfo: JsonObject): OldReception | undefined {
  const gatewayId = textOf(rxInfo.mac);
  if (gatewayId === undefined) return undefined;
  const rate = objectOf(rxInfo.dataRate);
  const kHz = numberOf(rate?.bandwidth);
  return present<OldReception>({
    gatewayId,
    rssi: numberOf(rxInfo.rssi),
    snr: numberOf(rxInfo.loRaSNR),
    time: timeOf(rxInfo.time),
    radio: present<OldReception['radio']>({
      sf: numberOf(rate?.spreadFactor),
      bandwidthHz: kHz === undefined ? undefined : kHz * 1000,
      frequencyHz: numberOf(rxInfo.frequency),
    }),
  });
}
