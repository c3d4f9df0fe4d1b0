import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TransportState } from '../../../nodes/intake/transport.ts';
import { type UdpPeer, UdpSocket, type UdpSocketOptions } from '../../../nodes/intake/udp-socket.ts';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../lorawan/gateway-support.ts';

describe('UDP port', () => {
  let port: number;
  let errors: unknown[];
  let states: TransportState[];
  let received: [string, UdpPeer][];
  const open: UdpSocket[] = [];

  const listen = async (options: Partial<UdpSocketOptions> = {}): Promise<UdpSocket> => {
    const socket: UdpSocket = new UdpSocket(
      { port, onDatagram: (bytes, sender) => received.push([String(bytes), sender]), ...options },
      { onState: (state) => states.push(state), onError: (error) => errors.push(error) },
    );
    open.push(socket);
    socket.open();
    await eventually(() => assert.ok(states.includes('connected') || errors.length > 0), 2000);
    return socket;
  };
  const send = async (family: 'udp4' | 'udp6', text: string): Promise<string> => {
    const client = createSocket(family);
    const answer = once(client, 'message', { signal: AbortSignal.timeout(2000) });
    client.send(text, port, family === 'udp4' ? '127.0.0.1' : '::1');
    try {
      return String(((await answer) as [Buffer])[0]);
    } finally {
      client.close();
    }
  };

  beforeEach(async () => {
    port = await freePort();
    [errors, states, received] = [[], [], []];
  });
  afterEach(() => Promise.all(open.splice(0).map((socket) => socket.close())));

  it('hears and answers IPv4 and IPv6, each by its own address', async () => {
    const socket = await listen({
      onDatagram: (bytes, sender) => {
        received.push([String(bytes), sender]);
        socket.send(Buffer.from('heard'), sender);
      },
    });
    assert.deepEqual([await send('udp4', 'four'), await send('udp6', 'six')], ['heard', 'heard']);
    assert.deepEqual(
      received.map(([text, { address }]) => [text, address]),
      [
        ['four', '127.0.0.1'],
        ['six', '::1'],
      ],
    );
  });

  it('says that the port is taken, and opens it when it is free', async () => {
    const other = createSocket({ type: 'udp4' });
    other.bind(port, '127.0.0.1');
    await once(other, 'listening');
    await listen({ address: '127.0.0.1', retryAfter: 20 });
    assert.ok(errors[0] instanceof ConnectionError);
    assert.deepEqual([errors[0].key, errors[0].parameters.port], ['intake.error.portTaken', port]);
    other.close();
    await eventually(() => assert.ok(states.includes('connected')), 2000);
  });

  it('sends nothing to a sender without a port, and nothing when it is closed', async () => {
    const socket = await listen({ address: '127.0.0.1' });
    const sent: boolean[] = [];
    const tell = (isSent: boolean) => sent.push(isSent);
    socket.send(Buffer.from('x'), { address: '127.0.0.1', port: 0 }, tell);
    await socket.close();
    socket.send(Buffer.from('x'), { address: '127.0.0.1', port: 5683 }, tell);
    assert.deepEqual(sent, [false, false]);
  });

  it('tells what goes wrong with one datagram, and hears the next', async () => {
    const socket = await listen({
      onDatagram: (bytes, sender) => {
        if (String(bytes) === 'bad') throw new Error('no good');
        socket.send(Buffer.from('fine'), sender);
      },
    });
    void send('udp4', 'bad').catch(() => undefined);
    assert.equal(await send('udp4', 'good'), 'fine');
    await eventually(() => assert.equal(errors.length, 1), 2000);
  });
});
