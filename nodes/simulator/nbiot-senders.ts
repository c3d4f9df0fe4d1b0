import type { CoapAnswer, CoapRequest } from '../nbiot/coap-endpoint.ts';
import { CODE } from '../nbiot/coap-message.ts';
import type { NbiotReading, NbiotSandboxDevice, NbiotWay } from './nbiot-devices.ts';
import { NbiotLink, RefusedError } from './nbiot-link.ts';
import { lwm2mOf, ndds20Of, resourcesOf, senmlOf } from './nbiot-payloads.ts';

/** Where Byflyt listens. */
export interface NbiotPorts {
  host: string;
  coap: number;
  udp: number;
  lwm2m: number;
}

/** A device that can send. */
export interface NbiotSender {
  /** Readings, oldest first. Rejects if Byflyt did not take them: they are to be sent again. */
  send(readings: readonly NbiotReading[]): Promise<void>;
  close(): Promise<void>;
}

type OnError = (error: Error) => void;

/** The device behind each way to speak. */
export const SENDERS: Readonly<
  Record<NbiotWay, (device: NbiotSandboxDevice, ports: NbiotPorts, onError: OnError) => NbiotSender>
> = {
  coap: coapSender,
  udp: udpSender,
  lwm2m: (device, ports, onError) => new Lwm2mDevice(device, ports, onError),
};

function coapSender(device: NbiotSandboxDevice, { host, coap }: NbiotPorts, onError: OnError): NbiotSender {
  const link = new NbiotLink({ host, onError });
  return {
    async send(readings) {
      const { bytes, contentFormat = 0 } = senmlOf(device, readings);
      const query = [`ep=${device.endpoint}`];
      await link.request(coap, { code: CODE.post, path: '/senml', query, contentFormat, payload: bytes });
    },
    close: () => link.close(),
  };
}

/** Nobody acknowledges its datagrams. So that none goes to nobody at the start, it looks first whether Byflyt is there. */
function udpSender(
  device: NbiotSandboxDevice,
  { host, coap, udp }: NbiotPorts,
  onError: OnError,
): NbiotSender {
  const link = new NbiotLink({ host, onError });
  return {
    async send(readings) {
      await link.request(coap, { code: CODE.get, path: '/.well-known/core' });
      link.datagram(udp, ndds20Of(device, readings).bytes);
    },
    close: () => link.close(),
  };
}

const LIFETIME_SECONDS = 86_400;
/** Objects of OMA: server, device, distance. */
const LINKS = '</>;rt="oma.lwm2m";ct="112",</1/0>,</3/0>,</3330/0>';
const [LINK_FORMAT, SENML_CBOR] = [40, 112];

/** An LwM2M 1.1 client that registers, lets its values be read and observed, and sends by itself what it stored. */
class Lwm2mDevice implements NbiotSender {
  readonly #device: NbiotSandboxDevice;
  readonly #port: number;
  readonly #link: NbiotLink;
  #location: string | undefined;
  #last: NbiotReading | undefined;
  /** Paths that the server observes, with the tokens. */
  readonly #observed = new Map<string, Buffer>();
  #sequence = 1;

  constructor(device: NbiotSandboxDevice, { host, lwm2m }: NbiotPorts, onError: OnError) {
    this.#device = device;
    this.#port = lwm2m;
    this.#link = new NbiotLink({ host, onError, answer: (request) => this.#answer(request) });
  }

  async send(readings: readonly NbiotReading[]): Promise<void> {
    this.#last = readings.at(-1);
    try {
      await this.#announce();
      const isReported = readings.length === 1 && (await this.#report());
      if (isReported) return;
      const { bytes, contentFormat = SENML_CBOR } = lwm2mOf(readings);
      await this.#link.request(this.#port, { code: CODE.post, path: '/dp', contentFormat, payload: bytes });
    } catch (error) {
      // Byflyt does not know the device any more: it registers anew at the next attempt.
      if (error instanceof RefusedError) this.#location = undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  /** Tells those who observe of the last reading; false if there was nobody who heard all of it. */
  async #report(): Promise<boolean> {
    let heard = this.#observed.size > 0;
    for (const [path, token] of [...this.#observed]) {
      const answer = { ...this.#content(path), observe: ++this.#sequence };
      if (await this.#link.notify(this.#port, token, answer)) continue;
      this.#observed.delete(path);
      heard = false;
    }
    return (
      heard &&
      this.#last !== undefined &&
      resourcesOf(this.#last, '').every(([path]) => this.#isObserved(path))
    );
  }

  #isObserved(resource: string): boolean {
    return [...this.#observed.keys()].some((path) => resource === path || resource.startsWith(`${path}/`));
  }

  #content(path: string): CoapAnswer {
    const payload = this.#last ? lwm2mOf([this.#last], path).bytes : Buffer.alloc(0);
    return { code: CODE.content, contentFormat: SENML_CBOR, payload };
  }

  async #announce(): Promise<void> {
    if (this.#location !== undefined) {
      await this.#link.request(this.#port, { code: CODE.post, path: this.#location });
      return;
    }
    const query = [`ep=${this.#device.endpoint}`, `lt=${LIFETIME_SECONDS}`, 'lwm2m=1.1', 'b=U'];
    const payload = Buffer.from(LINKS);
    this.#observed.clear();
    this.#location = await this.#link.request(this.#port, {
      ...{ code: CODE.post, path: '/rd', query, contentFormat: LINK_FORMAT, payload },
    });
  }

  #answer({ method, path, observe, token }: CoapRequest): CoapAnswer {
    if (method !== CODE.get) return { code: CODE.methodNotAllowed };
    if (!this.#last || resourcesOf(this.#last, path).length === 0) return { code: CODE.notFound };
    if (observe === 1) this.#observed.delete(path);
    if (observe !== 0) return this.#content(path);
    this.#observed.set(path, Buffer.from(token));
    return { ...this.#content(path), observe: ++this.#sequence };
  }
}
