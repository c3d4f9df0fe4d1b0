/** Devices that send anything: the server has an answer to all of it, stays in its bounds, and keeps no keys. */
import assert from 'node:assert/strict';
import { memoryUsage } from 'node:process';
import fc from 'fast-check';
import { type Datagram, readEnvelope } from '../../../../nodes/nbiot/envelope.ts';
import { Lwm2mService } from '../../../../nodes/nbiot/lwm2m-server/lwm2m-service.ts';
import { ByflytError } from '../../../../nodes/observation/errors.ts';
import { MemoryState } from '../../../support/memory-state.ts';

const RUNS = 100_000;
const LINKS = '</>;rt="oma.lwm2m";ct="110 112",</0/0>,</1/0>,</3/0>,</3303/0>;ver=1.1,</3330/0>';
const PACKS = [
  '[{"bn":"/3330/0/","n":"5700","v":0.8}]',
  '[{"n":"/0/0/5","vs":"never-keep-this"}]',
  '81a2006c2f333333302f302f3537303002fb3fe999999999999a',
];

/** Bytes as a device could send them, and the same with faults. */
const body = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom(LINKS, ...PACKS), fc.nat(200), fc.nat(255), fc.nat(200))
    .map(([text, at, byte, end]) => {
      const bytes = /^[0-9a-f]+$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text);
      if (at < bytes.length) bytes[at] = byte;
      return bytes.subarray(0, end < 100 ? bytes.length : end);
    }),
  fc.constantFrom(...PACKS, LINKS).map((text) => Buffer.from(text)),
);
const parameter = fc.oneof(
  fc.constantFrom('ep=bin-1', 'ep=bin-2', 'lt=60', 'lt=x', 'lwm2m=1.1', 'lwm2m=9', 'b=UQ', 'Q', 'sms=1'),
  fc.string({ maxLength: 20 }),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  path: fc.oneof(fc.constantFrom('/rd', '/rd', '/dp', '/rd/LOCATION', '/rd/000000000000', '/'), fc.string()),
  query: fc.array(parameter, { maxLength: 5 }),
  contentFormat: fc.constantFrom(0, 42, 110, 112, 11_542, 65_535),
  payload: body,
});
/** As the specification has it, so that the others find somebody registered. */
const rightRequest = fc
  .constantFrom(
    ['POST', '/rd', LINKS],
    ['POST', '/rd/LOCATION', ''],
    ['DELETE', '/rd/LOCATION', ''],
    ['POST', '/dp', PACKS[0]],
  )
  .map(([method, path, text]) => ({
    ...{ method, path, contentFormat: path === '/dp' ? 110 : 40 },
    query: path === '/rd' ? ['ep=bin-1', 'lt=60', 'lwm2m=1.1'] : [],
    payload: Buffer.from(text ?? ''),
  }));
const notification = fc.record({
  code: fc.constantFrom('2.05', '2.05', '4.04', '5.03', '7.31'),
  contentFormat: fc.constantFrom(0, 42, 110, 112, 11_542, 11_543, 65_535),
  observe: fc.nat(2 ** 24 - 1),
  payload: body,
  place: fc.nat(6),
});

describe('LwM2M server', function () {
  this.timeout(120_000);

  it('answers 100,000 random and mutated requests and reports', async () => {
    const kept: Datagram[] = [];
    const asked = new Set<string>();
    let locations: string[] = [];
    const problems: unknown[] = [];
    const answers = new Map<string, number>();
    let reports = 0;
    const service = new Lwm2mService({
      state: new MemoryState(),
      scope: 'test',
      link: {
        ask: async (_source, { path }) => {
          asked.add(path);
          return { code: '2.05', observe: 1, contentFormat: 110, payload: Buffer.from(PACKS[0] ?? '') };
        },
      },
      settings: { strangers: true, allowed: [], awake: 93_000, patience: 1000 },
      deviceOf: () => undefined,
      deviceById: () => undefined,
      accept: async ({ body: entry }) => {
        const datagram = readEnvelope(JSON.parse(entry.toString()));
        if (datagram) kept.push(datagram);
      },
      onStranger: () => undefined,
      onEvent: () => undefined,
      onAnswer: () => undefined,
      onProblem: (error) => problems.push(error),
      describe: String,
    });
    const ports = fc.integer({ min: 1, max: 4 });
    const steps = fc.oneof(fc.tuple(fc.oneof(request, rightRequest), ports), fc.tuple(notification, ports));
    await fc.assert(
      fc.asyncProperty(steps, async ([step, port]) => {
        const source = { address: '10.64.0.7', port };
        if ('place' in step) {
          const { place, ...report } = step;
          const id = locations.at(-1) ?? '000000000000';
          const token = Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0, place])]);
          assert.equal(typeof (await service.notify({ ...report, token }, source)), 'boolean');
        } else {
          const path = step.path.replace('LOCATION', locations.at(-1) ?? '0');
          const { code, locationPath } = await service.answer({ ...step, path }, source);
          answers.set(code, (answers.get(code) ?? 0) + 1);
          assert.match(code, /^[245]\.\d\d$/);
          assert.notEqual(code, '5.00');
          if (locationPath) locations = [...locations.slice(-3), locationPath.slice('/rd/'.length)];
        }
        assert.ok(service.size <= 20_000);
        for (const { contentFormat, payload } of kept.splice(0)) {
          reports++;
          const isNamed = contentFormat === 110 || contentFormat === 112;
          assert.ok(!isNamed || !payload.includes('"/0/0/5"'), payload.toString());
        }
      }),
      { numRuns: RUNS },
    );
    for (const problem of problems) assert.ok(problem instanceof ByflytError, String(problem));
    for (const code of ['2.01', '2.02', '2.04', '4.00', '4.04', '4.05', '4.12', '4.15']) {
      assert.ok((answers.get(code) ?? 0) > 10, `${code}: ${answers.get(code)}`);
    }
    assert.ok(reports > 300, `${reports} reports`);
    assert.ok(problems.length > 500);
    assert.ok([...asked].every((path) => !/^\/0/.test(path)));
    assert.ok(memoryUsage().heapUsed < 500e6);
  });
});
