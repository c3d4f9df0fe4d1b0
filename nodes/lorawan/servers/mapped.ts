import { textOf } from '../json-fields.ts';
import { eventNamed } from './notation.ts';
import { tableServer } from './table.ts';

/**
 * What a person's mapping makes of the messages of a server that is not known: names of Byflyt's own.
 * `event` names the kind of a message that is no reading.
 */
export const mapped = tableServer({
  name: 'mapped',
  label: '',
  recognises: () => true,
  eventOf: ({ event }) => (textOf(event) === undefined ? undefined : eventNamed({}, event)),
  places: ({ encrypted }) => ({
    devEui: 'devEui',
    deviceId: 'deviceId',
    devAddr: 'devAddr',
    fPort: 'fPort',
    fCnt: 'fCnt',
    [encrypted === true ? 'encryptedHex' : 'hex']: 'payloadHex',
    [encrypted === true ? 'encryptedBase64' : 'base64']: 'payloadBase64',
    networkTime: 'time',
    sf: 'spreadingFactor',
    bandwidth: 'bandwidth',
    frequency: 'frequency',
    dataRate: 'dataRate',
    confirmed: 'confirmed',
    gatewayId: 'gatewayId',
    rssi: 'rssi',
    snr: 'snr',
    time: 'gatewayTime',
    receptions: { lists: 'gateways', gatewayId: 'gatewayId', rssi: 'rssi', snr: 'snr', time: 'time' },
    decoded: 'values',
  }),
});
