import { MessageError } from '../../observation/errors.ts';
import { hexOfBase64, type JsonObject, numberOf, objectOf, present, textOf, timeOf } from '../json-fields.ts';
import type { NetworkEvent, NetworkMessage, Uplink } from '../network-message.ts';
import { summarize } from '../receptions.ts';
import { radioOf, receptionOf } from './chirpstack.ts';
import { bandwidthOf, frequencyOf, gatewayIdOf, momentOf } from './notation.ts';
import { definedOf, type NetworkServer, readAt } from './table.ts';

/** The payload of a frame is encrypted. */
const NOT_IN_CLEAR = { payload: Buffer.alloc(0), payloadHex: '' };

/**
 * A raw frame: an uplink event of the ChirpStack Gateway Bridge (JSON marshaler, versions 2 to 4)
 * or a plain `{ "phyPayload": hex or base64 }`; and the bridge's other events.
 * Source: ChirpStack Gateway Bridge documentation, "Event types".
 */
export const gatewayBridge: NetworkServer = {
  name: 'gateway-bridge',
  label: 'ChirpStack Gateway Bridge',
  read: (message) => (message.phyPayload === undefined ? readEvent(message) : readFrame(message)),
};

function readFrame(message: JsonObject): Uplink {
  const frameHex = frameHexOf(message.phyPayload);
  const rxInfo = objectOf(message.rxInfo);
  if (!rxInfo) return { kind: 'uplink', network: 'raw-frame', ...NOT_IN_CLEAR, frameHex };
  const isOld = rxInfo.gatewayId === undefined;
  const radio = isOld ? oldRadio(message) : radioOf(objectOf(message.txInfo));
  const reception = isOld ? oldReception(rxInfo) : receptionOf(rxInfo, radio.sf !== undefined);
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

/** Version 3 has the radio settings in `txInfo`, version 2 in `rxInfo`. */
function oldRadio(message: JsonObject): Pick<Uplink, 'sf' | 'bandwidthHz' | 'frequencyHz'> {
  const version3 = 'txInfo.loRaModulationInfo';
  const version2 = 'rxInfo.dataRate';
  return definedOf({
    sf: readAt(message, [`${version3}.spreadingFactor`, `${version2}.spreadFactor`], numberOf),
    bandwidthHz: readAt(message, [`${version3}.bandwidth`, `${version2}.bandwidth`], bandwidthOf),
    frequencyHz: readAt(message, ['txInfo.frequency', 'rxInfo.frequency'], frequencyOf),
  });
}

function oldReception(rxInfo: JsonObject): ReturnType<typeof receptionOf> {
  return definedOf({
    gatewayId: readAt(rxInfo, ['mac', 'gatewayID'], gatewayIdOf),
    rssi: numberOf(rxInfo.rssi),
    snr: numberOf(rxInfo.loRaSNR),
    time: timeOf(rxInfo.time),
  });
}

/** Fields that tell an event of a gateway, under any of the names it has for itself. */
const EVENTS: readonly (readonly [type: string, fields: readonly string[]])[] = [
  ['txack', ['token', 'downlinkID', 'downlinkId']],
  ['gateway-stat', ['rxPacketsReceived', 'rxPacketsReceivedOK']],
  ['status', ['state']],
];

function readEvent(message: JsonObject): NetworkMessage | undefined {
  const gatewayId = readAt(message, ['mac', 'gatewayID', 'gatewayId'], gatewayIdOf);
  const type = EVENTS.find(([, fields]) => fields.some((field) => message[field] !== undefined))?.[0];
  if (gatewayId === undefined || type === undefined) return undefined;
  return present<NetworkEvent>({
    kind: 'event',
    type,
    network: 'gateway-bridge',
    gatewayId,
    time: momentOf(message.time),
    error: textOf(message.error),
    subtype: textOf(message.state),
  });
}
