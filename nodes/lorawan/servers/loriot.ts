import { type JsonObject, numberOf, textOf } from '../json-fields.ts';
import { eventNamed, momentOf } from './notation.ts';
import { somethingOf, tableServer } from './table.ts';

/** Messages by `cmd`. What is not named keeps its own name. */
const EVENTS: Readonly<Record<string, string>> = {
  txd: 'txack',
  tx: 'queued',
  geo: 'location',
  join: 'join',
  join_accept: 'join',
  join_request: 'join',
  mac: 'mac-only',
  cq: 'housekeeping',
  stats: 'housekeeping',
};

/**
 * LORIOT, and České Radiokomunikace, whose network runs it. `rx` comes at once, `gw` follows with all gateways, both
 * with the payload: the second is a duplicate. Source: LORIOT documentation, "Uplink Data Message", "Gateway Information".
 */
export const loriot = tableServer({
  name: 'loriot',
  label: 'LORIOT',
  recognises: (message) => textOf(message.cmd) !== undefined,
  eventOf: (message) => {
    const command = String(message.cmd);
    if (command === 'rx') return undefined;
    if (textOf(message.error) !== undefined) return 'failed';
    if (command === 'gw') return hasPayload(message) ? undefined : 'gateway-receptions';
    return eventNamed(EVENTS, command);
  },
  places: {
    devEui: ['EUI', 'eui', 'deveui'],
    devAddr: ['devaddr', 'DevAddr'],
    fPort: 'port',
    fCnt: 'fcnt',
    hex: 'data',
    encryptedHex: 'encdata',
    networkTime: 'ts',
    dataRate: 'dr',
    frequency: 'freq',
    confirmed: 'confirmed',
    gatewayId: 'gweui',
    rssi: 'rssi',
    snr: ['snr', 'lsnr'],
    receptions: { lists: 'gws', gatewayId: 'gweui', rssi: 'rssi', snr: ['snr', 'lsnr'], time: 'time' },
    decoded: ['decoded.data', 'decoded'],
  },
  event: (message) => {
    const error = textOf(message.error);
    const [lat, lon, altitudeM] = [message.lat, message.lon, message.alt].map(numberOf);
    const time = momentOf(message.ts);
    return {
      ...(time === undefined ? {} : { time }),
      ...(error === undefined ? {} : { error }),
      ...(lat === undefined || lon === undefined ? {} : { lat, lon }),
      ...(altitudeM === undefined ? {} : { altitudeM }),
      ...(typeof message.success === 'string' ? { deliveryStatus: message.success } : {}),
    };
  },
});

function hasPayload({ data, encdata }: JsonObject): boolean {
  return somethingOf(data) !== undefined || somethingOf(encdata) !== undefined;
}
