import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'mocha';
import type { Codec } from '../../../nodes/codec/codec.ts';
import { Sandbox } from '../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../nodes/codec/scripted-codec.ts';
import { CodecError } from '../../../nodes/observation/errors.ts';
import { ATTACKS, scriptOf } from './attacks.ts';

const INPUT = { fPort: 2, bytes: Uint8Array.of(1, 2, 3), recvTime: new Date('2025-02-03T04:05:06Z') };

/** A codec with that body of `decodeUplink`. */
function codec(body: string, id = 'test.js'): Codec {
  return codecFromSource(id, `function decodeUplink(input) {\n${body}\n}`);
}

async function failure(promise: unknown): Promise<CodecError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    return error;
  }
  return assert.fail('the codec should have failed');
}

describe('codec sandbox', () => {
  const bystander = codec('return { data: input.bytes.length };', 'bystander.js');

  after(() => Sandbox.shared().close());

  describe('attacks', () => {
    afterEach('another codec still gives the right answer', async () => {
      assert.deepEqual(await bystander.decodeUplink(INPUT), { data: 3 });
      assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    });

    for (const attack of ATTACKS) {
      it(attack.name, async () => {
        const result = codecFromSource('attack.js', scriptOf(attack)).decodeUplink(INPUT);
        if (!attack.errors) {
          const { data } = await result;
          assert.deepEqual(data, attack.data);
          assert.equal((data as { admin?: boolean }).admin, undefined);
          return;
        }
        const { key } = await failure(result);
        assert.ok(
          attack.errors.map((kind) => `codec.error.${kind}`).includes(key),
          `${key}, not ${attack.errors.join(' or ')}`,
        );
      });
    }
  });

  describe('what a codec gets', () => {
    const cases: [name: string, body: string, data: unknown][] = [
      ['bytes are a plain array', 'return { data: Array.isArray(input.bytes) && input.bytes };', [1, 2, 3]],
      ['recvTime is a Date', 'return { data: input.recvTime.toISOString() };', '2025-02-03T04:05:06.000Z'],
      ['fPort', 'return { data: input.fPort };', 2],
      [
        'local time is UTC',
        'return { data: [input.recvTime.getHours(), new Date(2025, 6, 1).getTime()] };',
        [4, Date.UTC(2025, 6, 1)],
      ],
      ['console does nothing', 'console.log("x"); console.error(1); return { data: 1 };', 1],
      ['sloppy mode', 'x = 5; return { data: x + 010 };', 13],
    ];
    for (const [name, body, data] of cases) {
      it(name, async () => assert.deepEqual(await codec(body).decodeUplink(INPUT), { data }));
    }

    it('a process in another time zone gives the same', async () => {
      const zone = process.env.TZ;
      process.env.TZ = 'Asia/Tokyo';
      // A worker learns the time zone when it starts.
      await Sandbox.shared().close();
      try {
        const { data } = await codec(
          'return { data: [new Date(0).getHours(), new Date().getTimezoneOffset()] };',
        ).decodeUplink(INPUT);
        assert.deepEqual(data, [0, 0]);
      } finally {
        if (zone === undefined) delete process.env.TZ;
        else process.env.TZ = zone;
        await Sandbox.shared().close();
      }
    });
  });

  describe('scripts of all usual kinds', () => {
    const scripts: [name: string, source: string][] = [
      ['module.exports', 'module.exports = { decodeUplink: function () { return { data: 7 }; } };'],
      ['exports', 'exports.decodeUplink = () => ({ data: 7 });'],
      ['a constant', 'const decodeUplink = () => ({ data: 7 });'],
      [
        'a class and a regular function',
        'class A { get v() { return 7; } } function decodeUplink() { return { data: new A().v }; }',
      ],
    ];
    for (const [name, source] of scripts) {
      it(name, async () =>
        assert.deepEqual(await codecFromSource('s.js', source).decodeUplink(INPUT), { data: 7 }),
      );
    }
  });

  it('passes errors and warnings through', async () => {
    const output = { errors: ['unknown FPort'], warnings: ['low battery'] };
    assert.deepEqual(await codec(`return ${JSON.stringify(output)};`).decodeUplink(INPUT), output);
  });

  it('encodes and decodes downlinks', async () => {
    const both = codecFromSource(
      'downlink.js',
      `function encodeDownlink(input) { return { fPort: 9, bytes: [input.data.minutes] }; }
       function decodeDownlink(input) { return { data: { minutes: input.bytes[0], fPort: input.fPort } }; }`,
    );
    assert.deepEqual(await both.encodeDownlink({ minutes: 20 }), { fPort: 9, bytes: [20] });
    const decoded = await both.decodeDownlink({ fPort: 9, bytes: Uint8Array.of(20) });
    assert.deepEqual(decoded, { data: { minutes: 20, fPort: 9 } });
    const { key, parameters } = await failure(both.decodeUplink(INPUT));
    assert.equal(key, 'codec.error.noFunction');
    assert.equal(parameters.function, 'decodeUplink');
  });

  it('says where a script is wrong', async () => {
    const broken = await failure(
      codecFromSource('broken.js', 'var a;\nfunction decodeUplink() {\n  return {]\n}').decodeUplink(INPUT),
    );
    assert.deepEqual(
      [broken.key, broken.parameters.line, broken.parameters.codec],
      ['codec.error.syntax', 3, 'broken.js'],
    );
    const thrown = await failure(codec('\n\nthrow new RangeError("no such port");').decodeUplink(INPUT));
    assert.deepEqual(
      [thrown.key, thrown.parameters.line, thrown.parameters.message],
      ['codec.error.threw', 4, 'no such port'],
    );
  });

  it('keeps the globals of one codec from another', async () => {
    await codec('secret = 42; Math.max = function () { return 0; }; return {};', 'one.js').decodeUplink(
      INPUT,
    );
    const { data } = await codec('return { data: [typeof secret, Math.max(1, 2)] };', 'two.js').decodeUplink(
      INPUT,
    );
    assert.deepEqual(data, ['undefined', 2]);
  });

  it('keeps a codec loaded between calls', async () => {
    const counter = codecFromSource(
      'counter.js',
      'var n = 0; function decodeUplink() { return { data: ++n }; }',
    );
    await counter.decodeUplink(INPUT);
    assert.deepEqual(await counter.decodeUplink(INPUT), { data: 2 });
  });

  it('answers the other calls of a batch when one of them hangs the worker', async () => {
    // A built-in that QuickJS does not interrupt, so that only the watchdog can end it.
    const hung = codec('var a = {}; for (var i = 0; i < 20000; i++) a = { a: a }; return a;', 'hung.js');
    const before = Array.from({ length: 20 }, () => bystander.decodeUplink(INPUT));
    const hanging = failure(hung.decodeUplink(INPUT));
    const later = Array.from({ length: 300 }, () => bystander.decodeUplink(INPUT));
    assert.equal((await hanging).key, 'codec.error.timeout');
    for (const answer of await Promise.all([...before, ...later])) assert.deepEqual(answer, { data: 3 });
  });

  it('keeps a codec out that had to be stopped three times in a row, and lets a repaired one in', async () => {
    const body = 'return spin(input);\n}\nfunction spin(input) {\nfor (;;) Math.abs(input.fPort);';
    const looping = codec(body, 'loop.js');
    // The engine knows the line of the loop or of the function it is in; on a busy machine the watchdog may be first.
    const isNear = (line: unknown) => line === 4 || line === 5 || line === '?';
    const lines: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      const { key, parameters } = await failure(looping.decodeUplink(INPUT));
      assert.equal(key, 'codec.error.timeout');
      lines.push(parameters.line);
    }
    assert.ok(lines.every(isNear) && lines.some((line) => line !== '?'), lines.join());
    const { key, parameters } = await failure(looping.decodeUplink(INPUT));
    assert.equal(key, 'codec.error.quarantined');
    assert.equal(parameters.codec, 'loop.js');
    assert.ok(isNear(parameters.line), String(parameters.line));
    assert.deepEqual(await codec('return { data: 1 };', 'loop.js').decodeUplink(INPUT), { data: 1 });
  });

  it('does not let a flood of endless loops keep the others waiting', async () => {
    const looping = codec('for (;;);', 'flood.js');
    const flood = Array.from({ length: 200 }, () => failure(looping.decodeUplink(INPUT)));
    const start = performance.now();
    assert.deepEqual(await bystander.decodeUplink(INPUT), { data: 3 });
    const waited = performance.now() - start;
    assert.ok(waited < 10_000, `${waited} ms; all loops together would take twenty seconds`);
    const keys = (await Promise.all(flood)).map(({ key }) => key);
    assert.equal(keys.filter((key) => key === 'codec.error.timeout').length, 3);
    assert.equal(keys.filter((key) => key === 'codec.error.quarantined').length, 197);
  });

  it('forgives a codec that only fails now and then', async () => {
    const sometimes = codec('if (input.fPort === 9) for (;;); return { data: 1 };', 'sometimes.js');
    for (let round = 0; round < 4; round++) {
      await failure(sometimes.decodeUplink({ ...INPUT, fPort: 9 }));
      assert.deepEqual(await sometimes.decodeUplink(INPUT), { data: 1 });
    }
  });

  it('tries once more before it calls a codec too slow: the machine may have been busy for a moment', async () => {
    const until = codec('while (Date.now() < input.recvTime.getTime()); return { data: 1 };', 'busy.js');
    const soon = { ...INPUT, recvTime: new Date(Date.now() + 150) };
    assert.deepEqual(await until.decodeUplink(soon), { data: 1 });
    const never = { ...INPUT, recvTime: new Date(Date.now() + 60_000) };
    assert.equal((await failure(until.decodeUplink(never))).key, 'codec.error.timeout');
  });

  it('answers a stream of calls, each from a turn of its own, in order', async () => {
    const order: number[] = [];
    const answers: Promise<unknown>[] = [];
    const echo = codec('return { data: input.fPort };', 'echo.js');
    for (let n = 1; n <= 200; n++) {
      await new Promise((resolve) => setImmediate(resolve));
      const answer = Promise.resolve(echo.decodeUplink({ ...INPUT, fPort: n }));
      answers.push(answer.then(({ data }) => order.push(data as number)));
    }
    await Promise.all(answers);
    assert.deepEqual(
      order,
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
  });

  it('rejects what waits for others when it is closed', async () => {
    const stream: Promise<CodecError>[] = [];
    for (let n = 0; n < 5; n++) {
      stream.push(failure(codec('for (;;);', `stream-${n}.js`).decodeUplink(INPUT)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Sandbox.shared().close();
    for (const { key } of await Promise.all(stream)) assert.equal(key, 'codec.error.crashed');
    assert.deepEqual(await bystander.decodeUplink(INPUT), { data: 3 });
  });

  it('rejects what is in work when it is closed, and works again after', async () => {
    const open = failure(bystander.decodeUplink(INPUT));
    await Sandbox.shared().close();
    assert.equal((await open).key, 'codec.error.crashed');
    assert.deepEqual(await bystander.decodeUplink(INPUT), { data: 3 });
  });

  const PIECES: [piece: string, bytes: number][] = [
    ['new ArrayBuffer(100000)', 100_000],
    ["'x'.repeat(100000) + i", 100_000],
    ['2n ** 200000n + BigInt(i)', 25_000],
  ];
  for (const [piece, bytes] of PIECES) {
    it(`stops a codec that hoards ${piece} from one call to the next`, async () => {
      const body = `for (var i = 0; i < 100; i++) hoard.push(${piece});\nreturn { data: hoard.length };`;
      const hoarder = codecFromSource('hoard.js', `var hoard = [];\nfunction decodeUplink() {\n${body}\n}`);
      const keys = new Set<string>();
      let most = 0;
      for (let round = 0; round < 60; round++) {
        try {
          most = Math.max(most, (await hoarder.decodeUplink(INPUT)).data as number);
        } catch (error) {
          assert.ok(error instanceof CodecError);
          keys.add(error.key);
        }
        assert.deepEqual(await bystander.decodeUplink(INPUT), { data: 3 });
      }
      assert.ok(keys.has('codec.error.memory'), [...keys].join());
      assert.ok(most * bytes < 128 * 1024 ** 2, `${most} pieces`);
    });
  }

  it('goes on in another worker when one was given many long scripts', async () => {
    const padding = ` // ${'x'.repeat(1_000_000)}`;
    for (let n = 0; n < 20; n++) {
      const long = codec(`return { data: ${n} };${padding}\n`, `long-${n}.js`);
      assert.deepEqual(await long.decodeUplink(INPUT), { data: n });
    }
  });

  it('loads more codecs than it keeps', async () => {
    const many = Array.from({ length: 300 }, (_, n) => codec(`return { data: ${n} };`, `n${n}.js`));
    for (const [n, one] of many.entries()) assert.deepEqual(await one.decodeUplink(INPUT), { data: n });
    assert.deepEqual(await many[0]?.decodeUplink(INPUT), { data: 0 });
  });
});
