import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NetworkMessage } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage, splitMessages } from '../../../nodes/lorawan/network-server.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { NETWORK_OF_KIND, samplesOf } from './shared-samples.ts';

describe('messages that nobody sends', () => {
  const strange = fc.constantFrom<unknown>(
    ...[null, true, '', ' ', 'x', 'constructor', '__proto__', '\u0000', '9'.repeat(400), 'ff'.repeat(300)],
    ...[0, -1, 1e308, 2 ** 53, 0.1, [], [[]], [null], {}, { a: {} }, '0001-01-01T00:00:00Z', '-5', 'NaN'],
  );
  const objects = Object.keys(NETWORK_OF_KIND)
    .flatMap((kind) => samplesOf(kind))
    .filter(({ body }) => typeof body === 'object');

  /** The message with the value at one of its places replaced; places are counted through. */
  function changed(body: unknown, place: number, value: unknown): unknown {
    let count = 0;
    return JSON.parse(JSON.stringify(body), (_, old) => (count++ === place ? value : old));
  }

  it('are read or refused, never crash, and have the types that are promised', () => {
    const sample = fc.constantFrom(...objects);
    fc.assert(
      fc.property(sample, fc.nat(60), fc.nat(60), strange, strange, (one, first, second, a, b) => {
        const body = changed(changed(one.body, first, a), second, b);
        for (const single of splitMessages(body)) {
          let message: NetworkMessage;
          try {
            message = readNetworkMessage(single, one.topic);
          } catch (error) {
            assert.ok(error instanceof MessageError, `${error}`);
            continue;
          }
          if (message.kind === 'event') assert.match(message.type, /^[a-z][\w-]*$/);
          else
            assert.ok(
              message.payload.length <= 255 && message.payloadHex === message.payload.toString('hex'),
            );
          for (const name of ['rssi', 'snr', 'fCnt', 'fPort', 'sf', 'frequencyHz'] as const) {
            const fact = (message as unknown as Record<string, unknown>)[name];
            assert.ok(fact === undefined || Number.isFinite(fact), name);
          }
          for (const name of ['devEui', 'devAddr', 'time', 'gatewayId', 'deviceId'] as const) {
            assert.ok(['string', 'undefined'].includes(typeof message[name as 'devEui']), name);
          }
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
