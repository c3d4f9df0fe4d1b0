import type { Transport, TransportEvents } from '../intake/transport.ts';
import { UdpSocket } from '../intake/udp-socket.ts';
import type { DatagramIntake } from './datagram-intake.ts';
import type { DropCause, RateLimit } from './rate-limit.ts';

export interface UdpTransportOptions {
  port: number;
  address?: string | undefined;
  /** Bytes of a datagram; longer ones are dropped. */
  longest: number;
  limit: Pick<RateLimit, 'admits'>;
  onDrop(cause: DropCause, address: string): void;
  intake: Pick<DatagramIntake, 'take'>;
}

/** Devices send plain datagrams here; those that wait for an answer get it when their datagram is on disk. */
export class UdpTransport implements Transport {
  readonly #events: Pick<TransportEvents, 'onState' | 'onError'>;
  readonly #socket: UdpSocket;

  constructor(
    { limit, intake, longest, onDrop, ...socket }: UdpTransportOptions,
    events: Pick<TransportEvents, 'onState' | 'onError'>,
  ) {
    this.#events = events;
    this.#socket = new UdpSocket(
      {
        ...socket,
        onDatagram: (payload, source) => {
          if (!limit.admits(source.address, payload.length)) return;
          if (payload.length > longest) {
            onDrop('tooLong', source.address);
            return;
          }
          intake.take({ transport: 'udp', source, payload }).then(
            (answer) => {
              if (answer && answer.length > 0) this.#socket.send(answer, source);
            },
            (error: unknown) => events.onError(error),
          );
        },
      },
      events,
    );
  }

  start(): void {
    this.#socket.open();
  }

  async stop(): Promise<void> {
    await this.#socket.close();
    this.#events.onState('disconnected');
  }
}
