/**
 * What reading the messages of NB-IoT devices costs on one core: a pack of ten records in SenML-CBOR and in LwM2M TLV and
 * a water meter's hourly log; what is kept in memory of 10,000 devices (nothing should be); and CoAP from the port to the
 * journal.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { memoryUsage, threadCpuUsage } from 'node:process';
import { encode } from 'cborg';
import { ModelCatalog } from '../nodes/codec/models.ts';
import { readLwm2m } from '../nodes/nbiot/lwm2m.ts';
import { readSenmlCbor, resolveSenml } from '../nodes/nbiot/senml.ts';
import { coapExchanges, endpointMemory } from './coap.ts';
import type { Lwm2mMemory } from './lwm2m.ts';

const NOW = 1_700_000_000;
const RECORDS = 10;
const DEVICES = 10_000;
const ROUNDS = 7;
/** ms of processor time per round. */
const ROUND = 300;

/** Labels of RFC 8428, table 4: base name and time in the first record, then name, value and relative time. */
const [BASE_NAME, BASE_TIME, NAME, UNIT, VALUE, TIME] = [-2, -3, 0, 1, 2, 6];

function senmlPack(device: number): Uint8Array {
  const records = Array.from({ length: RECORDS }, (_, index) => {
    const own: [number, unknown][] = [
      [NAME, 'temperature'],
      [UNIT, 'Cel'],
      [VALUE, 20 + index / 10],
      [TIME, -900 * (RECORDS - index)],
    ];
    const base: [number, unknown][] = [
      [BASE_NAME, `urn:dev:imei:${868_508_064_800_000 + device}:`],
      [BASE_TIME, NOW],
    ];
    return new Map(index === 0 ? [...base, ...own] : own);
  });
  return encode(records);
}

/** Ten instances of the temperature object with a value of 32 bits each: OMA LwM2M 1.1, TLV. */
function tlvBody(): Uint8Array {
  const resource = Buffer.from('e4164441a00000', 'hex');
  const instances = Array.from({ length: RECORDS }, (_, index) =>
    Buffer.concat([Buffer.from([0x07, index]), resource]),
  );
  return Buffer.concat(instances);
}

const models = ModelCatalog.open();

/** A meter at 900 m3 with 14 hours of its log, 100 L each: the layout is the model's. */
function meterReader(): () => unknown {
  const model = models.get('axioma-qalcosonic-w1');
  if (!model) throw new Error('the water meter has no model');
  const codec = models.codecFor(model);
  const bytes = Buffer.alloc(47);
  const hour = NOW - (NOW % 3600);
  for (const [at, value] of [
    [0, NOW],
    [5, 900_000],
    [11, hour - 14 * 3600],
    [15, 898_000],
  ] as const) {
    bytes.writeUInt32LE(value, at);
  }
  for (let at = 19; at < bytes.length; at += 2) bytes.writeUInt16LE(100, at);
  const input = { bytes, recvTime: new Date(NOW * 1000) };
  return () => codec.decodeUplink(input);
}

const pack = senmlPack(0);
const tlv = tlvBody();
const READERS: Readonly<Record<string, () => unknown>> = {
  [`SenML-CBOR, ${RECORDS} records`]: () => resolveSenml(readSenmlCbor(pack), NOW),
  [`LwM2M TLV, ${RECORDS} resources`]: () =>
    readLwm2m({ contentFormat: 11_542, bytes: tlv, path: '/3303' }, NOW),
  'water meter with an hourly log': meterReader(),
};

/** Decodes per second of this thread's processor time, so that other work on the machine does not count. */
function rate(read: () => unknown): number {
  let decodes = 0;
  const start = threadCpuUsage();
  for (;;) {
    for (let index = 0; index < 500; index++) read();
    decodes += 500;
    const { user, system } = threadCpuUsage(start);
    const ms = (user + system) / 1000;
    if (ms >= ROUND) return (1000 * decodes) / ms;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return memoryUsage().heapUsed / 1e6;
}

for (const [name, read] of Object.entries(READERS)) {
  rate(read);
  const rates = Array.from({ length: ROUNDS }, () => rate(read));
  const spread = [Math.min(...rates), Math.max(...rates)].map((each) => Math.round(each / 1000));
  console.log(`${name}: ${Math.round(median(rates) / 1000)},000 decodes/s (${spread.join(' to ')} thousand)`);
}

const packs = Array.from({ length: DEVICES }, (_, device) => senmlPack(device));
const before = heapMegabytes();
let records = 0;
for (const bytes of packs) records += resolveSenml(readSenmlCbor(bytes), NOW).length;
const kept = heapMegabytes() - before;
console.log(`${DEVICES} devices, ${records} records: ${kept.toFixed(1)} MB of memory kept`);

const { endpoints, messages, megabytes } = await endpointMemory();
console.log(`CoAP, ${endpoints} endpoints, ${messages} messages: ${megabytes.toFixed(1)} MB of memory kept`);

const { exchanges, repeated, wall, cpu } = await coapExchanges();
console.log(
  `CoAP, confirmable, to the journal: ${Math.round(exchanges / cpu)} exchanges/s of processor time (${exchanges} in ${wall.toFixed(1)} s, ${repeated} repeated)`,
);

const alone = fork(join(import.meta.dirname, 'lwm2m.ts'), [String(DEVICES)]);
const [lwm2m] = (await once(alone, 'message')) as [Lwm2mMemory];
console.log(
  `LwM2M server, ${lwm2m.endpoints} endpoints, each observed and with a waiting command: ${lwm2m.megabytes.toFixed(1)} MB of memory kept`,
);
