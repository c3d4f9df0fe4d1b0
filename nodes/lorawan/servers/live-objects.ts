import { objectOf, textOf } from '../json-fields.ts';
import { nameOf } from './notation.ts';
import { readAt, somethingOf, tableServer, valueAt } from './table.ts';

const LORA = 'metadata.network.lora';

/**
 * Orange Live Objects. `timestamp` is when the device was heard, `created` when the platform had stored it.
 * Source: Live Objects complete guide, "Data message", "LoRa connectivity".
 */
export const liveObjects = tableServer({
  name: 'live-objects',
  label: 'Orange Live Objects',
  recognises: ({ metadata, streamId }) =>
    ['connector', 'network'].some((field) => objectOf(metadata)?.[field] !== undefined) ||
    /^urn:lo:nsid:/.test(textOf(streamId) ?? ''),
  eventOf: (message) => {
    const type = readAt(message, [`${LORA}.messageType`, 'type'], nameOf)?.toUpperCase() ?? '';
    if (/JOIN/.test(type)) return 'join';
    return /COMMAND|DOWN|STATUS/.test(type) ? 'txack' : undefined;
  },
  places: {
    devEui: [`${LORA}.devEUI`, 'metadata.source', 'streamId'],
    deviceId: ['streamId', 'metadata.source'],
    fPort: `${LORA}.port`,
    fCnt: `${LORA}.fcnt`,
    hex: 'value.payload',
    networkTime: ['timestamp', 'created'],
    sf: `${LORA}.sf`,
    frequency: `${LORA}.frequency`,
    totalGateways: `${LORA}.gatewayCnt`,
    rssi: `${LORA}.rssi`,
    snr: `${LORA}.snr`,
  },
  uplink: (message) => {
    const { payload, ...decoded } = objectOf(message.value) ?? {};
    const type = readAt(message, `${LORA}.messageType`, nameOf);
    return {
      ...(somethingOf(decoded) === undefined
        ? {}
        : { decoded, ...(payload === undefined && { valuesOnly: true }) }),
      ...(type === undefined ? {} : { confirmed: /^CONFIRMED/.test(type) }),
    };
  },
  event: (message) => {
    const status = nameOf(valueAt(message, 'status'));
    return status === undefined ? {} : { deliveryStatus: status };
  },
});
