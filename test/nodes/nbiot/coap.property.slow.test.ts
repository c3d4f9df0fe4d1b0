/** Whatever comes to a CoAP port: a message, or the error that the format documents; bounded time and memory. */
import assert from 'node:assert/strict';
import { CoapEndpoint } from '../../../nodes/nbiot/coap-endpoint.ts';
import { CODE, readCoap, writeCoap } from '../../../nodes/nbiot/coap-message.ts';
import { readCoapOptions } from '../../../nodes/nbiot/coap-options.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { oracle } from './coap-packet.ts';
import { mutated, numbers } from './mutations.ts';

const RUNS = 100_000;
const LONGEST = 4096;
/** ms for all runs: some 10 µs each on a slow machine, with room for a busy one. */
const PATIENCE = 30_000;
const MEMORY_MB = 150;

/** Right ones of each kind, written by the coap library. */
const MESSAGES: readonly Buffer[] = [
  {
    code: '0.02',
    confirmable: true,
    options: { 'Uri-Path': 'bins', 'Content-Format': 'n', 'Uri-Query': 'ep=a' },
  },
  { code: '0.03', options: { 'Uri-Path': 'meters', 'If-Match': 'e' } },
  { code: '0.02', confirmable: true, options: { Block1: '\x08', Size1: '\x01\x00' } },
  { code: '0.01', confirmable: true, options: { Block2: '\x16', 'Uri-Path': '.well-known' } },
  { code: '2.05', confirmable: true, options: { Observe: '\x05', 'Max-Age': '<' } },
  { code: '2.04', ack: true, options: {} },
  { code: '0.00', confirmable: true, options: {} },
].map(({ options, ...packet }, messageId) =>
  oracle.generate({
    ...{ messageId, token: Buffer.from('0a0b', 'hex').subarray(0, packet.code === '0.00' ? 0 : 2) },
    ...packet,
    options: Object.entries(options).map(([name, value]) => ({ name, value: Buffer.from(value, 'latin1') })),
    payload: Buffer.from(packet.code === '0.00' ? '' : 'sixteen bytes ..'),
  }),
);

describe('CoAP, with datagrams of any kind', function () {
  this.timeout(60_000);
  const seed = Number(process.env.FC_SEED ?? Date.now());
  let stackTraceLimit: number;

  beforeEach(() => {
    ({ stackTraceLimit } = Error);
    // Most of the time would go into stacks that nobody reads.
    Error.stackTraceLimit = 0;
  });
  afterEach(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it('is a message that gives its own bytes again, or a documented error', () => {
    const next = numbers(seed);
    let read = 0;
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutated(MESSAGES, next);
      const said = `${bytes.toString('hex')}, FC_SEED=${seed}`;
      try {
        const message = readCoap(bytes);
        read++;
        // Nothing was passed over or made up; options may have been written in a longer form than they need.
        assert.deepEqual(readCoap(writeCoap(message)), message, said);
        readCoapOptions(message.options);
      } catch (error) {
        assert.ok(error instanceof MessageError, `${error} for ${said}`);
        assert.match(error.key, /^nbiot\.error\.coap/, said);
      }
    }
    assert.ok(read > RUNS / 20, `${read} were messages`);
  });

  it('leaves the endpoint standing, in bounded time and memory, and answers what follows', async () => {
    const next = numbers(seed);
    let longest = 0;
    let sent = 0;
    const answers: Buffer[] = [];
    const coap = new CoapEndpoint({
      send: (bytes) => {
        sent++;
        if (answers.push(bytes) > 10) answers.shift();
      },
      handle: async ({ payload }) => {
        longest = Math.max(longest, payload.length);
        return { code: CODE.changed };
      },
      longest: LONGEST,
      exchanges: 5000,
      ackTimeout: 1,
    });
    const before = process.memoryUsage().rss;
    const start = performance.now();
    for (let run = 0; run < RUNS; run++) {
      coap.receive(mutated(MESSAGES, next), { address: `10.0.${next(40)}.${next(250)}`, port: 1 + next(3) });
      if (run % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const took = performance.now() - start;
    assert.ok(took < PATIENCE, `${took} ms`);
    assert.ok(longest <= LONGEST && sent > 0);
    const grown = (process.memoryUsage().rss - before) / 1e6;
    assert.ok(grown < MEMORY_MB, `${grown.toFixed()} MB`);
    coap.receive(oracle.generate({ confirmable: true, code: '0.02', messageId: 4711 }), {
      address: '192.0.2.1',
      port: 7,
    });
    await new Promise((resolve) => setImmediate(resolve));
    coap.close();
    assert.deepEqual(answers.at(-1), Buffer.from('60441267', 'hex'));
  });
});
