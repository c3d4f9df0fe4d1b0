import { type JsonObject, objectOf } from '../json-fields.ts';
import { nestedObject } from './notation.ts';
import { tableServer, type UplinkPlaces } from './table.ts';

const META = 'payloadMetaData';
const PLACES: UplinkPlaces = {
  devEui: [`${META}.deviceMetaData.deviceEUI`, 'deviceMetaData.deviceEUI', 'deviceEUI'],
  deviceId: [`${META}.deviceMetaData.name`, 'deviceMetaData.name', 'payload.node_id'],
  applicationId: [`${META}.applicationMetaData.name`, `${META}.applicationMetaData.id.id`],
  fPort: [`${META}.fport`, `${META}.fPort`, 'payload.port'],
  fCnt: [`${META}.fcount`, `${META}.fCount`],
  networkTime: [`${META}.time`, 'time', 'timestamp'],
  sf: `${META}.gatewayMetaDataList.0.rxInfo.dataRate.spreadFactor`,
  bandwidth: `${META}.gatewayMetaDataList.0.rxInfo.dataRate.bandwidth`,
  frequency: `${META}.gatewayMetaDataList.0.rxInfo.frequency`,
  receptions: {
    lists: `${META}.gatewayMetaDataList`,
    gatewayId: ['rxInfo.mac', 'mac', 'gatewayId'],
    rssi: ['rxInfo.rssi', 'rssi'],
    snr: ['rxInfo.loRaSNR', 'loRaSNR', 'snr'],
    time: ['rxInfo.time', 'time'],
  },
};

/**
 * TEKTELIC network server. With a data converter `payload` is what that made of the bytes, which then do not come.
 * Source: TEKTELIC, Kona Core network server, "Data converters", "MQTT integration".
 */
export const tektelic = tableServer({
  name: 'tektelic',
  label: 'TEKTELIC',
  recognises: (message) => objectOf(message[META]) !== undefined,
  eventOf: () => undefined,
  places: (message) =>
    hasBytes(message)
      ? { ...PLACES, base64: ['payload.bytes', 'payload.data', 'payload'] }
      : { ...PLACES, decoded: 'payload' },
});

function hasBytes({ payload }: JsonObject): boolean {
  const converted = nestedObject(payload);
  if (!converted) return payload !== undefined;
  return [converted.bytes, converted.data].some((field) => typeof field === 'string' || Array.isArray(field));
}
