/** Random and mutated messages through the whole decoder: a reading of sense, an event, or an error for people. */
import assert from 'node:assert/strict';
import { ByflytError } from '../../../nodes/observation/errors.ts';
import { describeError } from '../../../nodes/observation/messages.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../../../nodes/observation/quantities.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';
import { mutated, numbers } from './mutations.ts';
import { datagram, IMEI, NOW, ndds20, RECEIVED, Town } from './town.ts';

const RUNS = 100_000;
const ARRIVAL = Date.parse(RECEIVED);
/** How old and how new a reading may be, ms since 1970. */
const [OLDEST, NEWEST] = [ARRIVAL - 60 * 86_400_000, ARRIVAL + 5 * 60_000];

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const PAYLOADS = [
  ndds20(1500, NOW),
  json([
    { bn: 'a:', n: 'water_level', u: 'm', v: 2 },
    { n: 'distance', v: 1, t: -60 },
  ]),
  json({ IMEI, battery: 3.5, 1: [1, 2, 3, 4, '2026/01/15 11:59:30'] }),
  Buffer.from('e4164441a00000', 'hex'),
  ...['nbiot-dragino', 'nbiot-efento', 'nbiot-milesight', 'nbiot-minew', 'senml-cbor', 'lwm2m-tlv']
    .flatMap(samplesOf)
    .map(({ body }) => (typeof body === 'string' ? Buffer.from(body, 'hex') : json(body))),
];
const REQUESTS = ['lab5e-span', 'telenor-horde', '1nce', 'iot-creators', 'huawei-oceanconnect', 'miotiq']
  .flatMap(samplesOf)
  .map(({ body }) => json(body));
const ENDPOINTS = ['level-1', 'urn:imei:490154203237518', IMEI, 'stranger'];
const PATHS = ['/', '/3303/0', '/3303/0/5700', '/19/0/0', '/x', '/3/0//', '/99999999'];
const FORMATS = [undefined, 0, 42, 50, 60, 110, 112, 1542, 11_542, 11_543, 65_535];
const TRANSPORTS = ['coap', 'udp', 'lwm2m'] as const;

type Next = ReturnType<typeof numbers>;

/** A datagram, a platform's request, or bytes or JSON as they come over MQTT. */
function messageOf(next: Next): unknown {
  const one = <T>(list: readonly T[]): T => list[next(list.length)] as T;
  if (next(4) === 0) return parsed(mutated(REQUESTS, next));
  const payload = mutated(PAYLOADS, next);
  if (next(4) === 0) return parsed(payload);
  if (next(8) === 0) return { imei: IMEI, data: payload.toString(one(['hex', 'base64'])) };
  const contentFormat = one(FORMATS);
  return datagram(payload, {
    ...{ transport: one(TRANSPORTS), endpoint: one(ENDPOINTS), path: one(PATHS) },
    ...(contentFormat !== undefined && { contentFormat }),
  });
}

/** As an intake hands it on. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return bytes;
  }
}

function check({ phenomenonTime, values }: Observation): void {
  const time = Date.parse(phenomenonTime);
  assert.ok(time >= OLDEST && time <= NEWEST, phenomenonTime);
  for (const [id, value] of Object.entries(values)) {
    assert.equal(typeof value, QUANTITIES[id as QuantityId].valueType, id);
    assert.ok(typeof value !== 'number' || Number.isFinite(value), `${id}: ${value}`);
  }
}

describe('NB-IoT decoder, with messages of any kind', () => {
  it(`gives readings of sense, events, or errors for people, ${RUNS} times`, async () => {
    const seed = Number(process.env.FC_SEED ?? Date.now());
    const next = numbers(seed);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    let readings = 0;
    try {
      for (let run = 0; run < RUNS; run++) {
        const town = new Town();
        const message = messageOf(next);
        for (const single of town.decoder.split(message)) {
          try {
            const observations = await town.decode(single);
            for (const observation of observations) check(observation);
            readings += observations.length;
          } catch (error) {
            const said = `${error} for ${JSON.stringify(message)}, FC_SEED=${seed}`;
            assert.ok(error instanceof ByflytError, said);
            assert.doesNotMatch(describeError(error, 'nb'), /undefined|nbiot\.|__|no text/, said);
          }
        }
      }
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    assert.ok(readings > RUNS / 100, `${readings} readings`);
  });
});
