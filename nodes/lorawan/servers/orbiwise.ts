import { textOf } from '../json-fields.ts';
import { tableServer } from './table.ts';

/**
 * OrbiWise UbiQloud (DASS). Numbers may be the address; `decrypted: false` says that only the AppSKey opens the payload.
 * Source: OrbiWise, "REST API", uplink payloads.
 */
export const orbiwise = tableServer({
  name: 'orbiwise',
  label: 'OrbiWise',
  recognises: ({ dataFrame, deveui, devaddr, live, session_id }) =>
    dataFrame !== undefined ||
    (textOf(deveui) !== undefined && [live, session_id, devaddr].some((field) => field !== undefined)),
  eventOf: ({ dataFrame, port, transmissionStatus, status, fcnt }) => {
    if (transmissionStatus !== undefined) return 'txack';
    if (dataFrame === undefined && port === undefined && fcnt === undefined) return 'status';
    return dataFrame === undefined && status !== undefined ? 'txack' : undefined;
  },
  places: ({ decrypted }) => ({
    devEui: 'deveui',
    devAddr: 'devaddr',
    fPort: 'port',
    fCnt: ['fcnt', 'fcnt_up'],
    [decrypted === false ? 'encryptedBase64' : 'base64']: 'dataFrame',
    networkTime: ['timestamp', 'time'],
    sf: ['sf_used', 'sf'],
    dataRate: 'dr_used',
    frequency: 'freq',
    confirmed: 'confirmed',
    receptions: {
      lists: ['gtw_info', 'gtw'],
      gatewayId: ['gtw_id', 'id'],
      rssi: 'rssi',
      snr: 'snr',
    },
    gatewayId: 'gtw_id',
    rssi: 'rssi',
    snr: 'snr',
    decoded: 'decoded',
  }),
});
