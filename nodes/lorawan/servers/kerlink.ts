import { objectOf, textOf } from '../json-fields.ts';
import { momentOf } from './notation.ts';
import { tableServer, type UplinkPlaces } from './table.ts';

/** Names of both generations: `dataUp` of Wanesy 3, and `rxMessage` before it. */
const PLACES: UplinkPlaces = {
  devEui: ['endDevice.devEui', 'devEui', 'end_device_id'],
  devAddr: ['endDevice.devAddr', 'devAddr'],
  fPort: ['fPort', 'userdata.port', 'port'],
  fCnt: ['fCntUp', 'userdata.seqno', 'sequence_number'],
  networkTime: ['recvTime', 'received_time', 'time'],
  dataRate: ['dataRate', 'data_rate'],
  frequency: ['ulFrequency', 'frequency'],
  confirmed: ['confirmed', 'userdata.confirmed'],
  receptions: {
    lists: ['gwInfo', 'gwrx'],
    gatewayId: ['gwEui', 'gweui'],
    rssi: 'rssi',
    snr: ['snr', 'lsnr'],
    time: 'time',
  },
};

/** Fields that only messages without an uplink have, and what these are. */
const EVENTS: readonly (readonly [type: string, field: string])[] = [
  ['txack', 'dataDownId'],
  ['txack', 'transmissionStatus'],
  ['join', 'joinRequest'],
];

/**
 * Kerlink Wanesy Management Center and gateways. `encodingType` says how the payload is written; the old form is
 * always base64. Source: Kerlink, "Push API" of Wanesy Management Center, "Remote HTTP REST" of its gateways.
 */
export const kerlink = tableServer({
  name: 'kerlink',
  label: 'Kerlink Wanesy',
  recognises: (message) =>
    objectOf(message.endDevice) !== undefined ||
    textOf(objectOf(message.userdata)?.payload) !== undefined ||
    message.end_device_id !== undefined,
  eventOf: (message) => EVENTS.find(([, field]) => message[field] !== undefined)?.[0],
  places: ({ userdata, encodingType, encrypted }) => {
    const isBase64 = userdata !== undefined || /base64/i.test(String(encodingType));
    const name =
      encrypted === true ? (isBase64 ? 'encryptedBase64' : 'encryptedHex') : isBase64 ? 'base64' : 'hex';
    return { ...PLACES, [name]: ['payload', 'userdata.payload'] };
  },
  // A gateway that was without a network delivers later.
  uplink: ({ gwRecvTime }) => {
    const gatewayTime = momentOf(gwRecvTime);
    return gatewayTime === undefined ? {} : { gatewayTime };
  },
});
