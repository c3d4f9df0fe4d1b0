/**
 * An LwM2M client after OMA LwM2M TS 1.1 on the coap library: it shares no code with the server. Its objects are values
 * by path; it answers Read, Observe, Write, Execute, Discover and Write-Attributes, registers, updates and sends.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'cborg';
import coap, { type IncomingMessage, type OutgoingMessage } from 'coap';

type Value = number | string | boolean;

export interface ClientOptions {
  endpoint: string;
  port: number;
  resources: Record<string, Value>;
  version?: string;
  /** Content-Formats that it knows, best first: 112, 110 or 0. */
  formats?: readonly number[];
  /** Further parameters of its registration: `b=U`, `Q`, `lt=300`. */
  query?: readonly string[];
  links?: string;
}

export interface Reply {
  code: string;
  location?: string;
}

const [TEXT, LINKS, SENML_JSON, SENML_CBOR, TLV] = [0, 40, 110, 112, 11_542];
/** Labels of SenML in CBOR: RFC 8428, table 4. */
/** Names of the library. */
const FORMATS: Readonly<Record<string, number>> = {
  'text/plain': TEXT,
  'application/link-format': LINKS,
  'application/senml+json': SENML_JSON,
  'application/senml+cbor': SENML_CBOR,
  'application/vnd.oma.lwm2m+tlv': TLV,
  'application/vnd.oma.lwm2m+json': 11_543,
};
const [NAME, NUMBER, TEXT_VALUE, FLAG, BASE_TIME] = [0, 2, 3, 4, -3];

export class SpecClient {
  readonly resources: Map<string, Value>;
  /** What the server asked, as `GET /3303/0/5700 observe`. */
  readonly requests: string[] = [];
  /** Arguments of Execute by path. */
  readonly executed: [path: string, argument: string][] = [];
  readonly attributes = new Map<string, string>();
  location = '';
  /** While it sleeps it hears nothing. */
  isAsleep = false;
  /** It knows no attributes. */
  isSimple = false;
  /** It has no time: 5.03. */
  isBusy = false;
  readonly #options: ClientOptions;
  readonly #socket: Socket = createSocket('udp4');
  readonly #observers = new Map<string, { response: OutgoingMessage; format: number }>();
  #agent: InstanceType<typeof coap.Agent> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.resources = new Map(Object.entries(options.resources));
  }

  async open(port = 0): Promise<void> {
    this.#socket.bind(port, '127.0.0.1');
    await once(this.#socket, 'listening');
    const emit = this.#socket.emit.bind(this.#socket);
    this.#socket.emit = (event: string, ...rest: unknown[]) =>
      event === 'message' && this.isAsleep ? true : emit(event as 'message', ...(rest as [never, never]));
    const server = coap.createServer({ type: 'udp4' });
    server.on('request', (request: IncomingMessage, response: OutgoingMessage) =>
      this.#answer(request, response),
    );
    server.listen(this.#socket as never);
    this.#agent = new coap.Agent({ type: 'udp4', socket: this.#socket });
  }

  get localPort(): number {
    return this.#socket.address().port;
  }

  close(): void {
    for (const { response } of this.#observers.values()) response.end();
    // Retransmissions of the library come to nothing.
    this.#socket.send = () => undefined;
    this.#socket.close();
  }

  async register(): Promise<Reply> {
    const { endpoint, version = '1.1', query = ['lt=300', 'b=U'], links } = this.#options;
    const parameters = [`ep=${endpoint}`, `lwm2m=${version}`, ...query].join('&');
    const reply = await this.ask('POST', '/rd', parameters, LINKS, Buffer.from(links ?? this.#links()));
    this.location = reply.location ?? this.location;
    return reply;
  }

  update(query = '', links?: string): Promise<Reply> {
    const body: [number?, Buffer?] = links === undefined ? [] : [LINKS, Buffer.from(links)];
    return this.ask('POST', this.location, query, ...body);
  }

  deregister(): Promise<Reply> {
    return this.ask('DELETE', this.location, '');
  }

  /** Send: values with times of their own, seconds since 1970. */
  send(
    values: readonly { path: string; value: Value; time?: number }[],
    format = SENML_CBOR,
  ): Promise<Reply> {
    return this.ask('POST', '/dp', '', format, packOf(values, format));
  }

  /** Changes a resource and tells those who observe it. */
  change(path: string, value: Value): void {
    this.resources.set(path, value);
    for (const [observed, { response, format }] of this.#observers) {
      if (path === observed || path.startsWith(`${observed}/`)) response.write(this.#body(observed, format));
    }
  }

  get observed(): string[] {
    return [...this.#observers.keys()];
  }

  #links(): string {
    const { formats = [SENML_CBOR, SENML_JSON], version = '1.1' } = this.#options;
    const instances = new Set(
      [...this.resources.keys()].map((path) => path.split('/').slice(0, 3).join('/')),
    );
    const root = version === '1.0' ? '</>;rt="oma.lwm2m"' : `</>;rt="oma.lwm2m";ct="${formats.join(' ')}"`;
    return [root, '</0/0>', ...[...instances].map((path) => `<${path}>`)].join(',');
  }

  ask(method: string, path: string, query = '', format?: number, payload?: Buffer): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const { port } = this.#options;
    const request = coap.request({
      hostname: '127.0.0.1',
      port,
      pathname: path,
      method: method as 'POST',
      ...(query === '' ? {} : { query }),
      ...(this.#agent ? { agent: this.#agent } : {}),
    });
    if (format !== undefined) request.setOption('Content-Format', numberOption(format));
    request.on('response', (answer: IncomingMessage) => {
      const { code } = answer;
      const steps = optionsIn(answer, 'Location-Path').map(String);
      resolve({ code, ...(steps.length > 0 ? { location: `/${steps.join('/')}` } : {}) });
    });
    request.on('error', reject);
    request.end(payload);
    return promise;
  }

  #answer(request: IncomingMessage, response: OutgoingMessage): void {
    const [path = '', query = ''] = request.url.split('?');
    const option = (name: string) => optionsIn(request, name)[0];
    const observe = option('Observe');
    const observing = observe === undefined ? '' : numberOf(observe) === 0 ? ' observe' : ' cancel';
    this.requests.push(`${request.method} ${path}${query === '' ? '' : `?${query}`}${observing}`);
    const accept = option('Accept') === undefined ? undefined : numberOf(option('Accept'));
    if (request.method === 'GET') this.#get(path, accept, observing, response);
    else {
      response.statusCode = this.#change(request, path, query, option('Content-Format'));
      response.end();
    }
  }

  #get(path: string, accept: number | undefined, observing: string, response: OutgoingMessage): void {
    const { formats = [SENML_CBOR, SENML_JSON] } = this.#options;
    const below = [...this.resources.keys()].filter((own) => own === path || own.startsWith(`${path}/`));
    const format = accept ?? formats[0] ?? TEXT;
    const isKnown = format === LINKS || formats.includes(format);
    if (below.length === 0 || !isKnown || this.isBusy) {
      response.statusCode = this.isBusy ? '5.03' : isKnown ? '4.04' : '4.06';
      response.end();
      return;
    }
    response.statusCode = '2.05';
    response.setOption('Content-Format', numberOption(format));
    const body =
      format === LINKS ? Buffer.from(below.map((own) => `<${own}>`).join(',')) : this.#body(path, format);
    if (observing !== ' observe') {
      this.#observers.delete(observing === ' cancel' ? path : '');
      response.end(body);
      return;
    }
    this.#observers.set(path, { response, format });
    response.on('finish', () => {
      if (this.#observers.get(path)?.response === response) this.#observers.delete(path);
    });
    response.write(body);
  }

  /** The code of the answer to a request that changes something. */
  #change(
    { method, payload }: IncomingMessage,
    path: string,
    query: string,
    contentFormat?: number | string,
  ): string {
    if (method === 'PUT' && contentFormat === undefined) {
      if (this.isSimple) return '4.05';
      this.attributes.set(path, query);
      return '2.04';
    }
    if (method === 'POST' && path.split('/').length === 4) {
      this.executed.push([path, String(payload)]);
      return '2.04';
    }
    const format = numberOf(contentFormat);
    if (![TEXT, SENML_CBOR, SENML_JSON].includes(format)) return '4.15';
    for (const [name, value] of recordsIn(path, format, payload)) this.change(name, value);
    return '2.04';
  }

  #body(path: string, format: number): Buffer {
    const own = [...this.resources].filter(([name]) => name === path || name.startsWith(`${path}/`));
    if (format === TEXT) return Buffer.from(String(own[0]?.[1] ?? ''));
    if (format === TLV)
      return Buffer.concat(own.map(([name, value]) => tlvOf(Number(name.split('/')[3]), value)));
    return packOf(
      own.map(([name, value]) => ({ path: name, value })),
      format,
    );
  }
}

/** Values as the library reads them: numbers, or the names of formats. */
function optionsIn({ _packet: { options = [] } }: IncomingMessage, name: string): (number | string)[] {
  return options
    .filter((option) => option.name === name)
    .map(({ value }) => value as unknown as number | string);
}

/** A resource of TS 1.0, section 6.4.3: numbers as 64-bit floats, but for the voltage of object 3, an integer. */
function tlvOf(id: number, value: Value): Buffer {
  const bytes = Buffer.alloc(8);
  if (typeof value === 'number') bytes.writeDoubleBE(value);
  const integer = Buffer.from([Number(value) >> 8, Number(value) & 0xff]);
  const content = typeof value === 'string' ? Buffer.from(value) : id === 7 ? integer : bytes;
  const header = Buffer.from([0b1110_1000, id >> 8, id & 0xff, content.length]);
  return Buffer.concat([header, content]);
}

function packOf(values: readonly { path: string; value: Value; time?: number }[], format: number): Buffer {
  if (format === SENML_JSON) {
    const records = values.map(({ path, value, time }) => ({
      n: path,
      ...(typeof value === 'number'
        ? { v: value }
        : typeof value === 'string'
          ? { vs: value }
          : { vb: value }),
      ...(time === undefined ? {} : { t: time }),
    }));
    return Buffer.from(JSON.stringify(records));
  }
  const records = values.map(({ path, value, time }) => {
    const label = typeof value === 'number' ? NUMBER : typeof value === 'string' ? TEXT_VALUE : FLAG;
    return new Map<number, unknown>([
      ...(time === undefined ? [] : [[BASE_TIME, time] as [number, unknown]]),
      [NAME, path],
      [label, value],
    ]);
  });
  return Buffer.from(encode(records));
}

function recordsIn(path: string, format: number, payload: Buffer): [string, Value][] {
  if (format === TEXT) return [[path, String(payload)]];
  if (format === SENML_JSON) {
    const records = JSON.parse(String(payload)) as { n: string; v?: number; vs?: string; vb?: boolean }[];
    return records.map(({ n, v, vs, vb }) => [n, v ?? vs ?? vb ?? '']);
  }
  const records = decode(payload, { useMaps: true }) as Map<number, Value>[];
  return records.map((record) => [
    String(record.get(NAME)),
    record.get(NUMBER) ?? record.get(TEXT_VALUE) ?? record.get(FLAG) ?? '',
  ]);
}

/** The library knows names of few formats; the others are numbers of two bytes. */
function numberOption(number: number): Buffer {
  return number < 256 ? Buffer.from([number]) : Buffer.from([number >> 8, number & 0xff]);
}

function numberOf(option: number | string | undefined): number {
  return typeof option === 'number' ? option : (FORMATS[option ?? ''] ?? 0);
}
