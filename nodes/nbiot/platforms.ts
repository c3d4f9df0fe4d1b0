import { isImei } from '../devices/identity.ts';
import {
  bytesOfBase64,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  present,
  textOf,
} from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';
import type { NbiotEvent, NbiotMessage, NbiotUplink, PlatformName } from './platform-message.ts';

/** Gives the messages in a platform's request, or undefined if it is not that platform's. */
type Reader = (request: JsonObject) => NbiotMessage[] | undefined;

/** Formats: the platforms' public documentation of their webhooks and queues. */
const READERS: readonly Reader[] = [
  readSpan,
  readOneNce,
  readIotCreators,
  readOceanConnect,
  readCumulocity,
  readCoiote,
  readMiotiq,
];

/**
 * The messages in a request of an operator's platform, oldest first as the platform lists them; which platform it is
 * shows in the request. Throws MessageError `nbiot.error.platformUnknown`, `platformPayload` or `platformEmpty`.
 */
export function readPlatform(request: unknown): NbiotMessage[] {
  const fields = objectOf(request);
  const messages = fields && platformMessages(fields);
  if (messages) return messages;
  throw new MessageError({ key: 'nbiot.error.platformUnknown' });
}

/** As `readPlatform`, undefined for what is no platform's request. */
export function platformMessages(request: JsonObject): NbiotMessage[] | undefined {
  for (const read of READERS) {
    const messages = read(request);
    if (messages?.length === 0) throw new MessageError({ key: 'nbiot.error.platformEmpty' });
    if (messages) return messages;
  }
  return undefined;
}

/** List of messages in a platform's request -> whether the request is that platform's. */
const LISTS: Readonly<Record<string, (request: JsonObject) => boolean>> = {
  messages: ({ messages }) => objectsOf(messages).some(({ device }) => objectOf(device)?.collectionId),
  reports: () => true,
  services: ({ notifyType }) => notifyType !== undefined,
};

/** A request with several messages as requests with one each, so that what is wrong with one leaves the others alone. */
export function splitPlatform(request: JsonObject): JsonObject[] {
  const name = Object.keys(LISTS).find(
    (list) => objectsOf(request[list]).length > 0 && LISTS[list]?.(request),
  );
  if (name === undefined) return [request];
  const besides = Object.fromEntries(
    Object.entries(request).filter(([field, value]) => Array.isArray(value) || field === 'service'),
  );
  const common = Object.fromEntries(Object.entries(request).filter(([field]) => !(field in besides)));
  const { [name]: list, ...rest } = besides;
  const singles = objectsOf(list).map((entry) => ({ ...common, [name]: [entry] }));
  const hasMore = Object.values(rest).some((value) => (Array.isArray(value) ? value.length > 0 : true));
  return hasMore ? [...singles, { ...common, ...rest, [name]: [] }] : singles;
}

/** Lab5e Span and Telenor's platform, from which it came: one message, or a list of them in `messages`. */
function readSpan(request: JsonObject): NbiotMessage[] | undefined {
  const isList = Array.isArray(request.messages);
  const platform = isList || request.coapMetaData || request.udpMetaData ? 'telenor-horde' : 'lab5e-span';
  const messages = isList ? objectsOf(request.messages) : [request];
  const isSpan = messages.every(({ device }) => objectOf(device)?.collectionId !== undefined);
  return isSpan ? messages.map((message) => readSpanMessage(message, platform)) : undefined;
}

function readSpanMessage(message: JsonObject, platform: PlatformName): NbiotMessage {
  const device = objectOf(message.device) ?? {};
  const ciot = objectOf(objectOf(device.config)?.ciot) ?? {};
  const origin = {
    platform,
    deviceId: textOf(device.deviceId),
    imei: digits(device.imei) ?? digits(ciot.imei),
    imsi: digits(device.imsi) ?? digits(ciot.imsi),
    time: timeIn(message.received),
  };
  const type = textOf(message.type) ?? 'data';
  if (type !== 'data') return present<NbiotEvent>({ kind: 'event', type, ...origin });
  return present<NbiotUplink>({ kind: 'uplink', ...origin, payload: base64(message.payload, platform) });
}

/** 1NCE's cloud integrator: the device's own fields, or its bytes, and events of the SIM card. */
function readOneNce(request: JsonObject): NbiotMessage[] | undefined {
  const device = objectOf(request.device);
  if (device?.iccid === undefined) return undefined;
  const origin = {
    platform: '1nce' as const,
    deviceId: textOf(device.iccid),
    iccid: digits(device.iccid),
    imsi: digits(device.imsi),
    imei: digits(device.imei),
    time: timeIn(request.received),
  };
  const payload = objectOf(request.payload);
  if (request.type !== 'TELEMETRY_DATA' || !payload) {
    const type = String(request.type ?? 'unknown').toLowerCase();
    const { description, message } = objectOf(request.error) ?? {};
    const said = textOf(description) ?? textOf(message);
    return [present<NbiotEvent>({ kind: 'event', type, ...origin, description: said })];
  }
  const isBytes = typeof payload.value === 'string';
  return [
    present<NbiotUplink>({
      kind: 'uplink',
      ...origin,
      payload: isBytes ? base64(payload.value, '1nce') : undefined,
      fields: isBytes ? undefined : objectOf(payload.value),
    }),
  ];
}

/** Lists of a Cloud-der-Dinge request that are no readings -> our name for them. */
const IOT_CREATORS_EVENTS = {
  registrations: 'registration',
  deregistrations: 'deregistration',
  updates: 'update',
  expirations: 'expiration',
  responses: 'response',
} as const;

/** Deutsche Telekom's iot.creators: reports of a resource as hex, and what became of the registration. */
function readIotCreators(request: JsonObject): NbiotMessage[] | undefined {
  if (!Array.isArray(request.reports)) return undefined;
  const platform = 'iot-creators' as const;
  const origin = ({ serialNumber, timestamp }: JsonObject) => ({
    platform,
    deviceId: textOf(serialNumber),
    imei: digits(String(serialNumber ?? '').replace(/^IMEI:/i, '')),
    time: timeIn(timestamp),
  });
  const reports = objectsOf(request.reports).map((report) =>
    present<NbiotUplink>({
      kind: 'uplink',
      ...origin(report),
      payload: hex(report.value, platform),
      path: textOf(report.resourcePath),
    }),
  );
  const events = Object.entries(IOT_CREATORS_EVENTS).flatMap(([list, type]) =>
    objectsOf(request[list]).map((event) => present<NbiotEvent>({ kind: 'event', type, ...origin(event) })),
  );
  return [...reports, ...events];
}

/** Huawei OceanConnect: `data` of a service has either the device's bytes, or its own words. */
function readOceanConnect(request: JsonObject): NbiotMessage[] | undefined {
  const notifyType = textOf(request.notifyType);
  if (notifyType === undefined) return undefined;
  const services = [request.service, ...(Array.isArray(request.services) ? request.services : [])];
  const data = services.map(objectOf).filter((service) => service !== undefined);
  const platform = 'huawei-oceanconnect' as const;
  const deviceId = textOf(request.deviceId);
  if (data.length === 0)
    return [present<NbiotEvent>({ kind: 'event', type: notifyType, platform, deviceId })];
  return data.map((service) => {
    const fields = objectOf(service.data) ?? {};
    const isBytes = Object.keys(fields).length === 1 && typeof fields.payload === 'string';
    return present<NbiotUplink>({
      kind: 'uplink',
      platform,
      deviceId,
      ...modemOf(fields),
      time: compactTime(service.eventTime),
      payload: isBytes ? hex(fields.payload, platform) : undefined,
      fields: isBytes ? undefined : fields,
    });
  });
}

/** An IMEI ends with a check digit (3GPP TS 23.003, annex B), so that a field that has the other number shows. */
function modemOf({ DeviceID, IMEI }: JsonObject): { imei?: string; imsi?: string } {
  const numbers = [DeviceID, IMEI].map(digits);
  const imei = numbers.find((number) => number !== undefined && isImei(number));
  return present({ imei, imsi: numbers.find((number) => number !== undefined && number !== imei) });
}

/** Cumulocity asks a decoder service for the meaning of a resource's bytes. */
function readCumulocity(request: JsonObject): NbiotMessage[] | undefined {
  const path = textOf(objectOf(request.args)?.resourcePath);
  if (path === undefined || request.sourceDeviceId === undefined) return undefined;
  const platform = 'cumulocity-lwm2m' as const;
  const deviceId = textOf(request.sourceDeviceId);
  return [
    present<NbiotUplink>({ kind: 'uplink', platform, deviceId, path, payload: hex(request.value, platform) }),
  ];
}

/** AVSystem Coiote as an Azure device twin: `lwm2m[object][instance][resource].value`. */
function readCoiote(request: JsonObject): NbiotMessage[] | undefined {
  const reported = objectOf(objectOf(request.properties)?.reported) ?? objectOf(request.reported);
  const tree = objectOf(reported?.lwm2m);
  if (!tree) return undefined;
  const fields = Object.fromEntries(twinResources(tree, ''));
  const serial = fields['/3/0/2'];
  const updated = textOf(objectOf(reported?.$metadata)?.$lastUpdated);
  return [
    present<NbiotUplink>({
      kind: 'uplink',
      platform: 'coiote-azure-twin',
      deviceId: textOf(serial),
      imei: typeof serial === 'string' && isImei(serial) ? serial : undefined,
      time: updated === undefined ? undefined : isoTime(Date.parse(updated)),
      fields,
    }),
  ];
}

/** `attributes` beside the instances describe them; an empty resource has no value. */
function* twinResources(tree: JsonObject, path: string): Generator<[path: string, value: unknown]> {
  for (const [step, entry] of Object.entries(tree)) {
    const inner = /^\d+$/.test(step) ? objectOf(entry) : undefined;
    if (inner && 'value' in inner) yield [`${path}/${step}`, inner.value];
    else if (inner && path.split('/').length <= 4) yield* twinResources(inner, `${path}/${step}`);
  }
}

/** miotiq: UDP of a SIM card, with seconds where the others have milliseconds. */
function readMiotiq(request: JsonObject): NbiotMessage[] | undefined {
  const deviceId = textOf(request.srcImsi);
  if (deviceId === undefined || request.payload === undefined) return undefined;
  const seconds = numberOf(request.rcvTime);
  return [
    present<NbiotUplink>({
      kind: 'uplink',
      platform: 'miotiq',
      deviceId,
      imsi: digits(deviceId),
      time: seconds === undefined ? undefined : isoTime(seconds * 1000),
      payload: base64(request.payload, 'miotiq'),
    }),
  ];
}

/** A number of a SIM card or modem. As a number of JSON it would have lost its last digits. */
function digits(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{6,22}$/.test(value) ? value : undefined;
}

/** Milliseconds since 1970 UTC, as number or text. */
function timeIn(value: unknown): string | undefined {
  const time = numberOf(value);
  return time === undefined ? undefined : isoTime(time);
}

/** `20191010T033842Z` (ISO 8601, basic format), which Date.parse refuses. */
function compactTime(value: unknown): string | undefined {
  const text = textOf(value)?.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/,
    '$1-$2-$3T$4:$5:$6$7Z',
  );
  return text === undefined ? undefined : isoTime(Date.parse(text));
}

function isoTime(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function base64(value: unknown, platform: PlatformName): Buffer {
  const bytes = bytesOfBase64(value);
  if (bytes) return bytes;
  throw badPayload(platform);
}

function hex(value: unknown, platform: PlatformName): Buffer {
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/i.test(value)) throw badPayload(platform);
  return Buffer.from(value, 'hex');
}

function badPayload(platform: PlatformName): MessageError {
  return new MessageError({ key: 'nbiot.error.platformPayload', parameters: { platform } });
}
