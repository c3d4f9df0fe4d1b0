import { CORRELATION_PREFIX, type Downlink } from './downlink.ts';

/** Where downlinks go, as the form states it. */
export interface Target {
  network: DownlinkNetwork;
  transport: 'mqtt' | 'http';
  /** The network server's own id of the application. */
  application: string;
  /** The Things Stack: the tenant, empty where there is none. */
  tenant: string;
  /** The Things Stack over HTTP: the webhook whose key is used. */
  webhook: string;
  /** Address of the server for HTTP, without a path. */
  server: string;
}

export type DownlinkNetwork = 'tts-v3' | 'chirpstack-v4' | 'chirpstack-v3' | 'gateway';

/** For core's `mqtt out`, core's `http request`, or our gateway node. */
export type NetworkMessageOut =
  | { topic: string; payload: object; qos: 0 | 1; retain: false }
  | { url: string; method: 'POST'; headers: Record<string, string>; payload: object }
  | { topic: string; payload: Downlink };

/** What a network server needs of one downlink. */
export interface Order {
  downlink: Downlink;
  /** The server's own id of the device. */
  deviceId: string;
}

type Writer = (target: Target, order: Order) => NetworkMessageOut;

/**
 * How each network server takes a downlink. Sources: The Things Stack documentation, "MQTT server" and "Webhooks,
 * scheduling downlinks"; ChirpStack documentation, "MQTT integration" (versions 4 and 3) and their REST APIs
 * (DeviceService.Enqueue, DeviceQueueService.Enqueue).
 */
const WRITERS: Readonly<Record<DownlinkNetwork, Record<Target['transport'], Writer>>> = {
  'tts-v3': {
    mqtt: ({ application, tenant }, order) => ({
      topic: `v3/${application}${tenant === '' ? '' : `@${tenant}`}/devices/${order.deviceId}/down/push`,
      payload: thingsStackBody(order),
      // Their broker knows QoS 0 only.
      qos: 0,
      retain: false,
    }),
    http: ({ server, application, webhook }, order) =>
      post(
        server,
        ['api/v3/as/applications', application, 'webhooks', webhook, 'devices', order.deviceId, 'down/push'],
        thingsStackBody(order),
      ),
  },
  'chirpstack-v4': {
    mqtt: ({ application }, { downlink }) => ({
      topic: `application/${application}/device/${downlink.devEui}/command/down`,
      payload: { id: downlink.reference, devEui: downlink.devEui, ...chirpStackItem(downlink) },
      qos: 1,
      retain: false,
    }),
    http: ({ server }, { downlink }) =>
      post(server, ['api/devices', downlink.devEui, 'queue'], { queueItem: chirpStackItem(downlink) }),
  },
  'chirpstack-v3': {
    mqtt: ({ application }, { downlink }) => ({
      topic: `application/${application}/device/${downlink.devEui}/command/down`,
      payload: chirpStackItem(downlink),
      qos: 1,
      retain: false,
    }),
    http: ({ server }, { downlink }) =>
      post(server, ['api/devices', downlink.devEui, 'queue'], { deviceQueueItem: chirpStackItem(downlink) }),
  },
  gateway: { mqtt: toGateway, http: toGateway },
};

/** The message that hands a downlink over. */
export function networkMessage(target: Target, order: Order): NetworkMessageOut {
  return WRITERS[target.network][target.transport](target, order);
}

/** Whether the network's events carry the reference that we gave a downlink. */
export function carriesReference({ network, transport }: Target): boolean {
  return (
    network === 'tts-v3' || network === 'gateway' || (network === 'chirpstack-v4' && transport === 'mqtt')
  );
}

function thingsStackBody({ downlink }: Order): object {
  return {
    downlinks: [
      {
        f_port: downlink.fPort,
        frm_payload: base64(downlink),
        priority: 'NORMAL',
        confirmed: downlink.confirmed,
        correlation_ids: [`${CORRELATION_PREFIX}${downlink.reference}`],
      },
    ],
  };
}

function chirpStackItem(downlink: Downlink): { confirmed: boolean; fPort: number; data: string } {
  return { confirmed: downlink.confirmed, fPort: downlink.fPort, data: base64(downlink) };
}

function toGateway(_target: Target, { downlink }: Order): NetworkMessageOut {
  return { topic: downlink.device, payload: downlink };
}

/** Without the token: that is a credential of the `http request` node. */
function post(server: string, path: readonly string[], payload: object): NetworkMessageOut {
  const steps = path.map((step) => step.split('/').map(encodeURIComponent).join('/'));
  return {
    url: `${server.replace(/\/+$/, '')}/${steps.join('/')}`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    payload,
  };
}

function base64({ payloadHex }: Downlink): string {
  return Buffer.from(payloadHex, 'hex').toString('base64');
}
