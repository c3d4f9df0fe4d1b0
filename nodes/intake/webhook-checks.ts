import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** How a webhook knows that a request is from the network server. */
export type WebhookCheck =
  /** The header holds the secret: The Things Stack, ChirpStack, LORIOT and most others send headers that people set. */
  | { kind: 'header'; header: string; secret: string }
  /** `token` in the query: for platforms that send to an address and can add nothing to it, such as Huawei OceanConnect. */
  | { kind: 'query'; secret: string }
  /** HTTP Basic (RFC 7617). */
  | { kind: 'basic'; username: string; password: string }
  /** `Token` in the query, made with the tunnel interface authentication key (LRC-AS key). */
  | { kind: 'thingpark'; key: string }
  /** Header `Things-Message-Token`: SHA-256 over the body and the shared secret of the destination. */
  | { kind: 'kpn-things'; secret: string };

export interface WebhookRequest {
  headers: IncomingHttpHeaders;
  /** What follows `?`, as it was sent. */
  query: string;
  body: Buffer;
}

/** Checks that need the body of a request. */
const WITH_BODY: ReadonlySet<WebhookCheck['kind']> = new Set(['thingpark', 'kpn-things']);

/** Whether a check can only be made when the body is here. */
export function needsBody({ kind }: WebhookCheck): boolean {
  return WITH_BODY.has(kind);
}

/** Whether a request passes a check. Secrets are compared in constant time. */
export function isAuthentic(check: WebhookCheck, { headers, query, body }: WebhookRequest): boolean {
  switch (check.kind) {
    case 'header':
      return isSame(headers[check.header.toLowerCase()], check.secret);
    case 'query':
      return isSame(parameterIn(query, 'token'), check.secret);
    case 'basic':
      return isBasic(headers.authorization, check);
    case 'thingpark':
      return hasToken(query, body.toString('utf8'), check.key);
    case 'kpn-things': {
      const token = createHash('sha256').update(body).update(check.secret).digest('hex');
      return isSame(lowered(headers['things-message-token']), token);
    }
  }
}

/** Compares digests, in constant time and whatever the lengths. */
function isSame(given: string | string[] | undefined, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(secret));
}

function lowered(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header.toLowerCase() : '';
}

function isBasic(
  header: string | undefined,
  { username, password }: { username: string; password: string },
): boolean {
  const encoded = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  return isSame(Buffer.from(encoded, 'base64').toString('utf8'), `${username}:${password}`);
}

/** The first parameter of a name, decoded. */
function parameterIn(query: string, name: string): string | undefined {
  const start = `${name}=`;
  const parameter = query.split('&').find((part) => part.startsWith(start));
  return parameter === undefined ? undefined : decoded(parameter.slice(start.length));
}

/** Elements of the report that its token covers, in this order. All others: CustomerID and DevEUI. */
const ELEMENTS = new Map([
  ['DevEUI_uplink', ['FPort', 'FCntUp', 'payload_hex']],
  ['DevEUI_downlink_Sent', ['FPort', 'FCntDn']],
]);

/**
 * ThingPark's token is SHA-256 over elements of the report, the query as sent but decoded and without the token, and the
 * key in lower case. Source: "LRC to application server tunnel interface", security; KPN LoRa reference, token verification.
 */
function hasToken(query: string, body: string, key: string): boolean {
  const parameters = query.split('&').map((part) => decoded(part));
  const given = parameters.find((part) => part.startsWith('Token='))?.slice('Token='.length) ?? '';
  const covered = parameters.filter((part) => !part.startsWith('Token=')).join('&');
  const report = reportIn(body);
  if (!report) return false;
  const inBody = report.element('DevEUI');
  const inQuery = parameters.find((part) => part.startsWith('LrnDevEui='))?.slice('LrnDevEui='.length) ?? '';
  // A location report has the DevEUI in other letters than its query, and the query's are signed.
  const isSameDevice = inBody.toLowerCase() === inQuery.toLowerCase();
  const tokens = [inBody, isSameDevice ? inQuery : inBody].map((devEui) => {
    const elements = (ELEMENTS.get(report.name) ?? []).map(
      (name) => report.element(name) || (name === 'FPort' ? '0' : ''),
    );
    const signed = [report.element('CustomerID'), devEui, ...elements, covered, key.toLowerCase()].join('');
    return createHash('sha256').update(signed).digest('hex');
  });
  // Both are compared, so that the time tells nothing.
  return tokens.map((token) => isSame(given.toLowerCase(), token)).includes(true);
}

/** A plus sign is one here, not a space: times have it. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

interface Report {
  name: string;
  /** Text of an element; empty if it is not there. */
  element(name: string): string;
}

const DOCUMENT = /^(?:DevEUI|BS)_[A-Za-z_]+$/;
const XML_DOCUMENT = /^(?:<\?xml[^?<>]*\?>\s*)?<((?:DevEUI|BS)_[A-Za-z_]+)[\s>]/;

/**
 * A report as JSON or XML: its name and what stands directly in it. Undefined for a body in which more stands than one
 * report: what is signed and what is read must be the same.
 */
function reportIn(body: string): Report | undefined {
  const xml = XML_DOCUMENT.exec(body.trimStart())?.[1];
  return xml === undefined
    ? reportInJson(objectIn(body))
    : { name: xml, element: (name) => only(name, body) };
}

/** Text of the only element with a name, wherever it stands; empty if there are several, or none. */
function only(name: string, xml: string): string {
  const starts = xml.match(new RegExp(`<(?:[\\w.-]+:)?${name}[\\s/>]`, 'g')) ?? [];
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  return starts.length === 1 ? text : '';
}

function reportInJson(object: object): Report | undefined {
  const entries = Object.entries(object);
  const document = entries.find(([name, value]) => DOCUMENT.test(name) && isObject(value));
  if (document && entries.length > 1) return undefined;
  // KPN's developer portal sends uplinks without a document around them; all names are ThingPark's, in its letters.
  if (!document && entries.some(([name, value]) => isObject(value) && !/^[A-Z]/.test(name))) return undefined;
  const [name, fields] = document ?? ['DevEUI_uplink', object];
  return {
    name,
    element: (key) => {
      const value = Object.hasOwn(fields, key) ? (fields as Record<string, unknown>)[key] : '';
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function objectIn(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
