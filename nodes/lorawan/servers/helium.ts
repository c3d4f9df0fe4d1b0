import { counterOf, textOf } from '../json-fields.ts';
import { eventNamed } from './notation.ts';
import { readAt, tableServer } from './table.ts';

/** Debug events of the Console by `category`. What is not named keeps its own name. */
const EVENTS: Readonly<Record<string, string>> = {
  uplink_dropped: 'dropped',
  downlink_dropped: 'failed',
  join_accept: 'join',
  join_request: 'join',
  // A copy of an uplink that the integration sends too.
  uplink: 'log',
  downlink: 'txack',
};

/**
 * Helium Console (and its forks). Hotspots are gateways; their frequencies are 32-bit floats and not read.
 * Source: Helium documentation, "JSON Schema" of the Console's integrations.
 */
export const helium = tableServer({
  name: 'helium',
  label: 'Helium Console',
  recognises: ({ hotspots, category, sub_category, downlink_url, app_eui, fcnt }) =>
    Array.isArray(hotspots) ||
    (textOf(category) !== undefined && sub_category !== undefined) ||
    (fcnt !== undefined && [downlink_url, app_eui].some((field) => textOf(field) !== undefined)),
  eventOf: ({ category }) => {
    const name = textOf(category);
    return name === undefined ? undefined : eventNamed(EVENTS, name);
  },
  places: {
    devEui: 'dev_eui',
    deviceId: ['name', 'device_id', 'id'],
    devAddr: 'devaddr',
    fPort: ['port', 'data.port'],
    fCnt: ['fcnt', 'frame_up', 'data.fcnt'],
    base64: ['payload', 'data.payload'],
    networkTime: 'reported_at',
    dataRate: 'hotspots.0.spreading',
    receptions: { lists: 'hotspots', gatewayId: 'id', rssi: 'rssi', snr: 'snr' },
    decoded: 'decoded.payload',
  },
  event: (message) => {
    const fCntDown = readAt(message, 'frame_down', counterOf);
    return fCntDown === undefined ? {} : { fCntDown };
  },
});
