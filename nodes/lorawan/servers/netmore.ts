import { textOf } from '../json-fields.ts';
import { eventNamed } from './notation.ts';
import { somethingOf, tableServer } from './table.ts';

/**
 * Netmore (Blink, NMP): lists of flat messages whose numbers are texts, or the newer form with `rxInfo`.
 * Source: Netmore, "Message formats" of its HTTP and MQTT integrations.
 */
export const netmore = tableServer({
  name: 'netmore',
  label: 'Netmore',
  recognises: ({
    devEui,
    sensorType,
    gatewayIdentifier,
    messageType,
    fCntUp,
    payload,
    Payload,
    deliveryStatus,
    data,
  }) =>
    textOf(devEui) !== undefined &&
    data === undefined &&
    (textOf(deliveryStatus) !== undefined ||
      ([sensorType, gatewayIdentifier, messageType, fCntUp].some((field) => field !== undefined) &&
        ([payload, Payload].some((field) => field !== undefined) || messageType !== undefined))),
  eventOf: ({ deliveryStatus, messageType, payload, Payload }) => {
    if (textOf(deliveryStatus) !== undefined) return 'txack';
    const hasPayload = [payload, Payload].some((field) => somethingOf(field) !== undefined);
    const word = textOf(messageType)?.split('.')[0]?.toLowerCase();
    return hasPayload || word === undefined || word === 'payload' ? undefined : eventNamed({}, word);
  },
  places: {
    devEui: 'devEui',
    deviceId: ['deviceName', 'devEui'],
    fPort: 'fPort',
    fCnt: ['fCntUp', 'fCnt'],
    hex: ['payload', 'Payload'],
    networkTime: ['timestamp', 'time'],
    sf: 'spreadingFactor',
    frequency: 'freq',
    dr: 'dr',
    receptions: {
      lists: ['gateways', 'rxInfo'],
      gatewayId: ['gatewayIdentifier', 'gatewayId'],
      rssi: 'rssi',
      snr: 'snr',
    },
    gatewayId: 'gatewayIdentifier',
    rssi: 'rssi',
    snr: 'snr',
  },
  event: ({ deliveryStatus, requestId }) => ({
    ...(typeof deliveryStatus === 'string' ? { deliveryStatus } : {}),
    ...(typeof requestId === 'string' ? { correlationId: requestId } : {}),
  }),
});
