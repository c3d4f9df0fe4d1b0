import assert from 'node:assert/strict';
import vm from 'node:vm';
import { after, describe, it } from 'mocha';
import { Sandbox } from '../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../nodes/codec/scripted-codec.ts';

const INPUT = { fPort: 1, bytes: Uint8Array.of(1, 2, 3), recvTime: new Date(1e12) };

/** What a codec gives in the sandbox, and in the engine of Node.js with what Node.js has. */
async function both(source: string): Promise<{ here: unknown; there: unknown }> {
  const globals = { Buffer, TextDecoder, TextEncoder, atob, btoa, structuredClone, console };
  const context = vm.createContext({ ...globals, bytes: [1, 2, 3] });
  vm.runInContext(source, context);
  const there = vm.runInContext(
    'JSON.stringify(decodeUplink({ bytes: bytes, fPort: 1, recvTime: new Date(1e12), variables: {} }))',
    context,
  );
  const here = await codecFromSource('c.js', source).decodeUplink(INPUT);
  return { here, there: JSON.parse(there as string) };
}

/** Expressions that must give the same in both; several to a codec, because each codec has to be loaded. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  'powers and logarithms': [
    'Array.from({ length: 40 }, (_, i) => Math.pow(10, i - 20))',
    'Array.from({ length: 50 }, (_, i) => Math.pow(1.1, i))',
    'Array.from({ length: 50 }, (_, i) => Math.pow(i / 7, 3) + Math.pow(i, 0.5))',
    'Array.from({ length: 50 }, (_, i) => Math.exp(i / 7) + Math.log(i + 1) + Math.log10(i + 2))',
    'Array.from({ length: 50 }, (_, i) => [Math.sin(i), Math.cos(i), Math.tan(i), Math.hypot(i, 2)])',
    'Array.from({ length: 9 }, (_, i) => 10 ** -i)',
    '((x) => x ** 3)(2.9) + 2 ** 10 + 2 ** 3 ** 2 + (1 + 1) ** 2',
    '((a, b, o) => [a ** b++, ++a ** 2, a ** -b, a ** o?.n, a ** o.n ? 1 : 2, a ** [2][0]])(3, 2, { n: 2 })',
    '((a, b) => [String(a ** b), String(a ** 64n)])(2n, 3n)',
    '[Math.pow(), Math.pow("2", "3"), Math.hypot(), Math.atan2(1, "x")]',
    '(({ pow, log }) => [pow(10, -5), log(5)])(Math)',
    `["kg*m**2", 'it\\'s m ** 2', \`x**2\`, 10 ** -5, \`${'${'}2 ** 3}\`, "\\"", 7 ** -3]`,
  ],
  'numbers as text': [
    '[0.1, 1.005, 2.5, -1.5, 1e21, 5e-324, 123456.789].map((n) => [n.toFixed(2), n.toPrecision(3), n.toExponential(4)])',
    '[0.1, 255, -255.5, 123456.789].map((n) => [n.toString(2), n.toString(16), String(n)])',
    '[parseFloat("1.5abc"), parseInt("0x1f"), Number("0b11"), Number("1_0"), +"", +[]]',
    '[1 / 3, 0.1 + 0.2, 1e-7, 1e21 + 1, -0, NaN, 1 / 0]',
  ],
  'dates and times': [
    '["2020-01-01", "2020-01-01T10:00:00Z", "2020-01-01T10:00:00+02:00", "Tue, 05 Jan 2020 10:00:00 GMT"].map((t) => Date.parse(t))',
    '[new Date(NaN), new Date(0).toISOString(), new Date(1e12).toUTCString(), String(new Date("x"))]',
    '[Date.UTC(2020, 1, 30), new Date(Date.UTC(2020, 11, 31, 23, 59, 60)), new Date(8.64e15 + 1).getTime()]',
  ],
  'texts of languages': [
    '[(1234.5).toLocaleString("en-US"), (1234567.891).toLocaleString("de-DE"), (0.5).toLocaleString("nb-NO", { style: "percent" })]',
    'new Date(1e12).toLocaleString("en-GB", { timeZone: "UTC" })',
    'new Date(1e12).toLocaleDateString("nb-NO", { timeZone: "Europe/Oslo", weekday: "long", day: "numeric", month: "long" })',
    'new Date(1e12).toLocaleTimeString("en-US", { timeZone: "UTC", hour12: false })',
    '[new Intl.NumberFormat("en", { maximumFractionDigits: 1 }).format(1.25), Intl.NumberFormat("en").format(1e6)]',
    'new Intl.DateTimeFormat("sv-SE", { timeZone: "UTC", dateStyle: "short", timeStyle: "short" }).format(1e12)',
    '["b", "a", "C", "å"].sort((x, y) => x.localeCompare(y, "nb"))',
    '[NaN.toLocaleString("en"), (1 / 0).toLocaleString("en"), new Date(NaN).toLocaleString("en")]',
    '(() => { try { return (1).toLocaleString("en", { style: "nonsense" }); } catch (error) { return error.name; } })()',
  ],
  'lists in order, also by comparisons that are none': [
    '[5, 2, 8, 1, 9, 3].sort((a, b) => a > b)',
    '[5, 2, 8, 1, 9, 3].sort((a, b) => (a < b ? 1 : 0))',
    '[[5, 2, 8, 1].sort(() => -1), [5, 2, 8, 1].sort(() => 1), [5, 2, 8].sort(() => NaN)]',
    '[3, undefined, 1, , 2].sort((a, b) => a - b)',
    '[{ k: 2, n: 1 }, { k: 1, n: 2 }, { k: 2, n: 3 }, { k: 1, n: 4 }].sort((a, b) => a.k - b.k)',
    'Array.from({ length: 100 }, (_, i) => (i * 37) % 101).sort((a, b) => b - a)',
    '[[10, 9, 1].sort(), ["b", undefined, "a"].sort(), [].sort((a, b) => a - b), [1].sort((a, b) => a - b)]',
    '(() => { const list = [2, 1]; return list.sort((a, b) => a - b) === list; })()',
    '(() => { try { [2, 1].sort(() => { throw new RangeError(); }); } catch (error) { return error.name; } })()',
  ],
  'regular expressions': [
    '"2020-01-02".match(/(?<y>\\d+)-(?<m>\\d+)/).groups.y + "price 10".replace(/(?<=price )\\d+/, "x")',
    '["a{,5}", "x{", "]"].map((text) => [/a{,5}/, /x{/, /]/].map((pattern) => pattern.test(text)))',
    '[/\\p{L}/u.test("å"), /./.test("\\u2028"), "aBc".replace(/b/i, "[$&]"), "a1b2".split(/(\\d)/)]',
  ],
  'old and new language': [
    '010 + 0b11 + 0o7 + 1_000',
    '(function () { if (true) { function inner() { return 1; } } return inner(); })()',
    '(function () { with ({ a: 1 }) { return a; } })()',
    '(function () { outer: for (var i = 0; ; i++) { for (;;) { if (i < 3) continue outer; break outer; } } return i; })()',
    '[[3, 1, 2].toSorted(), [1, 2].at(-1), [1, [2, [3]]].flat(9), Object.fromEntries([["a", 1]])]',
    '(class { static x = 5; #y = 1; get y() { return this.#y; } }).x',
    '[typeof undeclared, typeof process, this === globalThis, [10, 9, 1].sort()]',
    '[..."a🙂"].length + "é".normalize("NFD").length + "ß".toUpperCase()',
  ],
  'what JSON makes of it': [
    '{ a: undefined, f() {}, d: new Date(0), m: new Map([[1, 2]]), u: new Uint8Array(2), l: [undefined, NaN, -0] }',
    '{ get computed() { return 5; }, "ключ": "\\ud83d", nested: { toJSON() { return "own"; } } }',
  ],
  Buffer: [
    'Buffer.from(input.bytes).readUInt16BE(0) + Buffer.from("ff7f", "hex").readInt16LE() + Buffer.from([1, 2, 3]).readUIntBE(0, 3)',
    'Buffer.from([0x41, 0x48, 0, 0, 0x7f, 0xff, 1, 2]).readFloatBE(0) + Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]).readDoubleLE()',
    '["hex", "base64", "base64url", "latin1", "ascii", "utf8", "utf16le"].map((name) => Buffer.from([0xc3, 0xa5, 0x41, 0xff, 0xfe, 0x3e]).toString(name))',
    '["68c3a5", "68 c3", "6"].map((text) => Buffer.from(text, "hex").length) + Buffer.from("aMOl_-+/", "base64").toString("hex")',
    'Buffer.concat([Buffer.from("hå"), Buffer.alloc(2, 7), Buffer.of(1)])',
    '(() => { const b = Buffer.alloc(8); b.writeUInt16BE(515, 0); b.writeInt32LE(-2, 2); b.writeUIntBE(66051, 5, 3); return [...b, b.slice(0, 2).toString("hex")]; })()',
    '[Buffer.isBuffer(Buffer.alloc(1)), Buffer.byteLength("hå"), Buffer.from("abcabc").indexOf("ca"), Buffer.from("ab").equals(Buffer.from("ab")), Buffer.compare(Buffer.from("a"), Buffer.from("b"))]',
    '(() => { const b = Buffer.from([1, 2, 3, 4]); b.slice(1).fill(9); return [...b.swap16()].concat(b.includes(9)); })()',
    '(() => { try { Buffer.from([1]).readUInt16BE(0); } catch (error) { return error.name; } })()',
    '[Buffer.from([1]).readBigUInt64LE === undefined, Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).readBigUInt64BE().toString()]',
  ],
  'bytes and text': [
    'atob("aMOl") + btoa("h\\xe5") + btoa("ab") + btoa("abc")',
    'new TextDecoder().decode(Uint8Array.from([0xef, 0xbb, 0xbf, 0x68, 0xc3, 0xa5, 0xff, 0xe2, 0x82, 0xf0, 0x9f, 0x99, 0x82]))',
    '[...new TextEncoder().encode("hå🙂\\ud800")]',
    'structuredClone({ a: [1, { b: new Date(0) }] })',
    '(() => { try { return atob("a"); } catch { return "refused"; } })()',
  ],
};

describe('compatibility of the sandbox', () => {
  after(() => Sandbox.shared().close());

  for (const [subject, expressions] of Object.entries(SAME)) {
    it(subject, async () => {
      const source = `function decodeUplink(input) { return { data: [\n${expressions.join(',\n')}\n] }; }`;
      const { here, there } = await both(source);
      const [ours, theirs] = [here, there].map((output) => (output as { data: unknown[] }).data);
      for (const [place, expression] of expressions.entries()) {
        assert.deepEqual(ours?.[place], theirs?.[place], expression);
      }
    });
  }

  const dataOf = async (source: string, wishes = {}) =>
    (await codecFromSource('c.js', source, wishes).decodeUplink(INPUT)).data;
  const expression = (text: string) => `function decodeUplink(input) { return { data: ${text} }; }`;

  describe('files as they are published', () => {
    const files: [name: string, source: string, data: unknown][] = [
      ['byte order mark', `\ufeff${expression('1')}`, 1],
      ['program line', `#!/usr/bin/env node\n${expression('2')}`, 2],
      ['HTML comments', `<!-- old browsers\n${expression('3')}\n-->`, 3],
      ['tests at the end', `${expression('4')} if (typeof require !== 'undefined') { require('fs'); }`, 4],
      ['a require that may fail', `try { require('fs'); } catch (e) {}\n${expression('5')}`, 5],
      [
        'buffer as a module',
        `const { Buffer } = require('buffer');\n${expression('Buffer.from("ff", "hex")[0]')}`,
        255,
      ],
      [
        'a Buffer of its own',
        `function Buffer(size) { this.size = size; }\n${expression('new Buffer(3).size')}`,
        3,
      ],
      [
        'methods of a Buffer of its own',
        `Array.prototype.readUInt16BE = function (at) { return 1 + (this[at] << 8 | this[at + 1]); };
         ${expression('[input.bytes.readUInt16BE(0), Array.isArray(input.bytes)]')}`,
        [259, true],
      ],
      [
        'methods of a Buffer on its input',
        'function decodeUplink(input) { const raw = input.bytes;\n return { data: raw.readUInt16BE(0) }; }',
        258,
      ],
      [
        'names of the sandbox for things of their own',
        `const exports = 1, require = 2; let module = 3, console = { log: () => 4 }; class TextDecoder {}
         const atob = (text) => 'own ' + text; var structuredClone = 5; let Intl = 6;
         ${expression('[exports, require, module, console.log(), typeof TextDecoder, atob("x"), structuredClone, Intl]')}`,
        [1, 2, 3, 4, 'function', 'own x', 5, 6],
      ],
      [
        'a console of its own, in part',
        `var lines = []; console.log = (line) => lines.push(line); console.log(5); console.warn(6);
         ${expression('[lines, typeof console.debug]')}`,
        [[5], 'function'],
      ],
      ['use strict', `"use strict";\n${expression('(function () { return this; })() === undefined')}`, true],
      [
        'errors with a trace',
        expression('(() => { const e = new Error(); Error.captureStackTrace(e); return 6; })()'),
        6,
      ],
      ['a number beyond numbers', expression('[5n, 2n ** 64n]'), [5, '18446744073709551616']],
      ['letters of any language', `var målt_µ = 7;\n${expression('målt_µ')}`, 7],
    ];
    for (const [name, source, data] of files) {
      it(name, async () => assert.deepEqual(await dataOf(source), data));
    }

    it('with their lines, also where something is replaced', async () => {
      const source = `/* Title\n** more */\nexport {\n  decodeUplink\n};\nvar two = 2 ** 3;\n${expression('missing')}`;
      await assert.rejects(codecFromSource('c.js', source).decodeUplink(INPUT) as Promise<unknown>, {
        key: 'codec.error.threw',
        parameters: { codec: 'c.js', message: "'missing' is not defined", line: 7 },
      });
    });

    it('a module that is not there, by its name and line', async () => {
      const source = `var a;\nvar crypto = require('crypto');\n${expression('1')}`;
      await assert.rejects(codecFromSource('c.js', source).decodeUplink(INPUT) as Promise<unknown>, {
        key: 'codec.error.module',
        parameters: { codec: 'c.js', module: 'crypto', line: 2 },
      });
    });
  });

  describe('how a script wants to be run', () => {
    const clock = expression(
      '[input.recvTime.getHours(), new Date(2001, 6, 1).getTime(), String(new Date(0))]',
    );

    it('usually in UTC', async () => {
      assert.deepEqual(await dataOf(clock), [
        1,
        Date.UTC(2001, 6, 1),
        'Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)',
      ]);
    });

    it('in a time zone, with its summer time', async () => {
      const data = await dataOf(clock, { timeZone: 'Europe/Oslo' });
      assert.deepEqual((data as unknown[]).slice(0, 2), [3, Date.UTC(2001, 5, 30, 22)]);
      assert.deepEqual((await dataOf(clock)) as unknown[], await dataOf(clock), 'others stay in UTC');
    });

    it('refuses a zone that does not exist', () => {
      assert.throws(() => codecFromSource('c.js', clock, { timeZone: 'Mars/Olympus' }), {
        key: 'codec.error.timeZone',
      });
    });

    it('with the time as text', async () => {
      const data = await dataOf(expression('input.recvTime'), { recvTime: 'text' });
      assert.equal(data, '2001-09-09T01:46:40.000Z');
    });

    it('with a clock that shows the arrival of a payload that did not arrive now', async () => {
      const time = expression('[Date.now(), new Date().getTime()]');
      for (const now of (await dataOf(time)) as number[]) {
        assert.ok(now >= 1e12 && now < 1e12 + 60_000, String(now));
      }
      const { data } = await codecFromSource('c.js', time).decodeUplink({ ...INPUT, recvTime: new Date() });
      for (const now of data as number[]) assert.ok(Math.abs(now - Date.now()) < 60_000, String(now));
    });

    it('in a fresh context for each payload', async () => {
      const source = `var n = 0; ${expression('[++n, Array.prototype.mine, (Array.prototype.mine = 1)]')}`;
      const fresh = codecFromSource('c.js', source, { context: 'fresh' });
      const reused = codecFromSource('c.js', source);
      for (const round of [1, 2]) {
        assert.deepEqual((await fresh.decodeUplink(INPUT)).data, [1, null, 1]);
        assert.deepEqual((await reused.decodeUplink(INPUT)).data, [round, round === 1 ? null : 1, 1]);
      }
    });
  });
});
