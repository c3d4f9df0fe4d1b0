/** The LwM2M server at a port of this machine, with what it hands on. */
import type { Device } from '../../../../nodes/devices/device.ts';
import { type Datagram, readEnvelope } from '../../../../nodes/nbiot/envelope.ts';
import { type Resource, readLwm2m } from '../../../../nodes/nbiot/lwm2m.ts';
import {
  Lwm2mService,
  type Lwm2mServiceOptions,
} from '../../../../nodes/nbiot/lwm2m-server/lwm2m-service.ts';
import { Lwm2mTransport } from '../../../../nodes/nbiot/lwm2m-server/lwm2m-transport.ts';
import type { CommandReport, DeviceEvent } from '../../../../nodes/nbiot/lwm2m-server/reports.ts';
import { describeError } from '../../../../nodes/observation/messages.ts';
import type { MemoryState } from '../../../support/memory-state.ts';

export const NOW = 1_800_000_000;

export interface Kept {
  topic: string;
  datagram: Datagram;
}

export class TestServer {
  readonly kept: Kept[] = [];
  readonly events: DeviceEvent[] = [];
  readonly answers: CommandReport[] = [];
  readonly strangers: string[] = [];
  readonly problems: unknown[] = [];
  readonly port: number;
  readonly service: Lwm2mService;
  readonly #transport: Lwm2mTransport;

  constructor(port: number, state: MemoryState, options: Partial<Lwm2mServiceOptions> = {}) {
    this.port = port;
    this.#transport = new Lwm2mTransport(
      { port, address: '127.0.0.1', ackTimeout: 20 },
      {
        onState: () => undefined,
        onError: (error) => this.problems.push(error),
        onOpen: () => this.service.start(),
        answer: (request, source) => this.service.answer(request, source),
        notify: (notification, source) => this.service.notify(notification, source),
      },
    );
    const { settings, ...others } = options;
    this.service = new Lwm2mService({
      state,
      scope: 'test',
      link: this.#transport,
      deviceOf: (endpoint) => DEVICES.find((device) => device.endpoint === endpoint),
      deviceById: (id) => DEVICES.find((device) => device.id === id),
      accept: async ({ topic, body }) => {
        const datagram = readEnvelope(JSON.parse(body.toString()));
        if (datagram) this.kept.push({ topic, datagram });
      },
      onStranger: (endpoint) => this.strangers.push(endpoint),
      onEvent: (event) => this.events.push(event),
      onAnswer: (answer) => this.answers.push(answer),
      onProblem: (error) => this.problems.push(error),
      describe: (error) => describeError(error, 'en-US'),
      ...others,
      settings: { strangers: false, allowed: [], awake: 93_000, patience: 3_600_000, ...settings },
    });
    this.#transport.start();
  }

  /** Values that were handed on, by path, in the order in which they came. */
  get values(): Resource[] {
    return this.kept.flatMap(({ datagram: { contentFormat = 0, payload, path = '/' } }) =>
      readLwm2m({ contentFormat, bytes: payload, path }, NOW),
    );
  }

  async stop(): Promise<void> {
    this.service.close();
    await this.#transport.stop();
  }
}

export const BIN: Device = {
  id: 'bin-1',
  name: 'Bin 1',
  area: 'waste',
  endpoint: 'urn:dev:bin-1',
  model: 'none',
};
export const LEVEL: Device = {
  id: 'level-1',
  name: 'Level 1',
  area: 'water',
  endpoint: 'level',
  model: 'none',
};
const DEVICES = [BIN, LEVEL];
