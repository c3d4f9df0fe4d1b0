import { type JsonObject, textOf } from '../json-fields.ts';
import { devAddrOf, eventNamed, nameOf } from './notation.ts';
import { somethingOf, tableServer } from './table.ts';

const TOPIC = /^lora\/(?:[\w-]+\/)*([a-z_]+)$/;

/** Last level of the topic `lora/<DevEUI>/...`. What is not named keeps its own name. */
const EVENTS: Readonly<Record<string, string>> = {
  joined: 'join',
  join_request: 'join',
  packet_sent: 'txack',
  mac_sent: 'txack',
  packet_ack: 'ack',
  packet_missed: 'failed',
  queue_full: 'failed',
  cleared: 'queue-invalidated',
  packet_recv: 'mac-only',
  mac_recv: 'mac-only',
};

/**
 * MultiTech Conduit, its built-in network server.
 * Source: MultiTech, "LoRa network server: MQTT messages".
 */
export const multitech = tableServer({
  name: 'multitech',
  label: 'MultiTech Conduit',
  recognises: ({ deveui, gweui, lsnr, seqn, data, mhdr }, topic) =>
    TOPIC.test(topic ?? '') ||
    (textOf(deveui) !== undefined && [gweui, lsnr, seqn, data, mhdr].some((field) => field !== undefined)),
  eventOf: (message, topic) => {
    const last = TOPIC.exec(topic ?? '')?.[1];
    if (last !== undefined && last !== 'up') return eventNamed(EVENTS, last);
    if (last !== undefined || somethingOf(message.data) !== undefined || message.port !== undefined)
      return undefined;
    return message.devaddr === undefined ? 'status' : 'join';
  },
  places: {
    devEui: ['deveui', 'devEui'],
    applicationId: ['appeui', 'joineui'],
    fPort: 'port',
    fCnt: ['fcnt', 'seqn'],
    base64: 'data',
    networkTime: 'time',
    dataRate: 'datr',
    frequency: 'freq',
    gatewayId: 'gweui',
    rssi: 'rssi',
    snr: ['lsnr', 'snr'],
  },
  uplink: addressIn,
  event: addressIn,
});

/** The address: a field of its own, or in the frame header `mhdr`, least significant byte first. */
function addressIn({ devaddr, mhdr }: JsonObject): { devAddr?: string } {
  const header = /^[0-9a-f]{2}((?:[0-9a-f]{2}){4})/i.exec(nameOf(mhdr) ?? '')?.[1];
  const devAddr =
    devAddrOf(devaddr) ??
    (header === undefined ? undefined : Buffer.from(header, 'hex').reverse().toString('hex'));
  return devAddr === undefined ? {} : { devAddr };
}
