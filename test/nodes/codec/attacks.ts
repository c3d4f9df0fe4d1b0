/** Codec scripts that try to hang, exhaust, escape or mislead. `body` is that of `decodeUplink`, else `script` is all. */
export interface Attack {
  name: string;
  body?: string;
  script?: string;
  /** Message key of the error that must come out; several if the engine may notice either first. */
  errors?: readonly string[];
  /** Or the harmless `data` that must come out. */
  data?: unknown;
}

const TIMEOUT = ['timeout'];
const MEMORY = ['memory', 'timeout', 'threw'];
const STACK = ['stack', 'threw', 'timeout'];

export const ATTACKS: readonly Attack[] = [
  // Time
  { name: 'endless loop', body: 'for (;;);', errors: TIMEOUT },
  { name: 'endless loop while the script is loaded', script: 'for (;;);', errors: TIMEOUT },
  {
    name: 'loop that catches its own end',
    body: 'for (;;) { try { for (;;); } catch (e) {} }',
    errors: TIMEOUT,
  },
  { name: 'loop in finally', body: 'try { for (;;); } finally { for (;;); }', errors: TIMEOUT },
  { name: 'loop in a sort comparator', body: '[3, 1, 2].sort(function () { for (;;); });', errors: TIMEOUT },
  {
    name: 'loop in a replace callback',
    body: '"abc".replace(/b/, function () { for (;;); });',
    errors: TIMEOUT,
  },
  { name: 'loop in a JSON reviver', body: 'JSON.parse("[1]", function () { for (;;); });', errors: TIMEOUT },
  { name: 'loop in a constructed function', body: 'new Function("for (;;);")();', errors: TIMEOUT },
  { name: 'loop in eval', body: '(0, eval)("for (;;);");', errors: TIMEOUT },
  {
    name: 'regular expression with nested repeats',
    body: '/^(a+)+$/.test("a".repeat(40) + "b");',
    errors: TIMEOUT,
  },
  {
    name: 'regular expression with alternatives',
    body: '/^(a|a|aa)*$/.test("a".repeat(60) + "b");',
    errors: TIMEOUT,
  },
  {
    name: 'generator without end',
    body: 'function* g() { for (;;) yield; } for (var x of g());',
    errors: TIMEOUT,
  },
  {
    name: 'proxy that grows',
    body: 'var p = new Proxy({}, { has: function () { for (;;); } }); "a" in p;',
    errors: TIMEOUT,
  },
  {
    name: 'sparse array joined',
    body: 'var a = []; a[4294967294] = 1; return { data: a.join().length };',
    errors: MEMORY,
  },
  { name: 'huge integer power', body: 'return { data: String(7n ** (7n ** 9n)).length };', errors: MEMORY },
  { name: 'getter that loops in the result', body: 'return { get data() { for (;;); } };', errors: TIMEOUT },
  {
    name: 'toJSON that loops in the result',
    body: 'return { toJSON: function () { for (;;); } };',
    errors: TIMEOUT,
  },
  { name: 'then that loops in the result', body: 'return { get then() { for (;;); } };', errors: TIMEOUT },
  { name: 'error whose message loops', body: 'throw { get message() { for (;;); } };', errors: TIMEOUT },
  {
    name: 'error whose text loops',
    body: 'throw { message: { toString: function () { for (;;); } } };',
    errors: TIMEOUT,
  },
  {
    name: 'setter on the prototype that takes a runner away',
    script: `Object.defineProperty(Object.prototype, 'decodeUplink', {
      get: function () { return function () { return '{"data":1}\\n{"data":"forged"}'; }; }, set: function () {} });
      Object.defineProperty(Object.prototype, 'dialect', { set: function () { for (;;); } });
      function decodeUplink(input) { return { data: 1 }; }`,
    data: 1,
  },
  {
    name: 'module whose exports loop',
    script: 'module = { get exports() { for (;;); } };',
    errors: TIMEOUT,
  },
  {
    name: 'driver that looks endless',
    script: 'var driver = new Proxy({}, { get: function () { for (;;); } });',
    errors: TIMEOUT,
  },
  {
    name: 'list whose iterator loops',
    body: 'Array.prototype[Symbol.iterator] = function () { for (;;); }; return { data: [1] };',
    data: [1],
  },
  {
    name: 'loop through the host that calculates',
    body: 'for (;;) Math.pow(2, 3);',
    errors: TIMEOUT,
  },
  {
    name: 'loop through the host that knows languages',
    body: 'for (;;) (1).toLocaleString("nb-NO", { style: "percent" });',
    errors: TIMEOUT,
  },
  {
    name: 'thousands of languages',
    body: 'var l = []; for (var i = 0; i < 20000; i++) l.push("en-US-u-nu-latn"); for (;;) (1).toLocaleString(l);',
    errors: MEMORY,
  },
  {
    name: 'text that is hard to look through',
    script: `${'export {'.repeat(60_000)} ${'typeof ( '.repeat(20_000)}`,
    errors: ['syntax', 'timeout', 'crashed'],
  },
  {
    name: 'built-in that walks a list of almost endless length',
    body: 'return { data: [].indexOf.call({ length: 2 ** 53 - 1 }, 1) };',
    errors: TIMEOUT,
  },
  {
    name: 'endless proxies in the result',
    body: 'var h = { ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }), get: (t, k) => (k === "a" ? new Proxy({}, h) : undefined) }; return new Proxy({}, h);',
    errors: [...STACK, 'memory'],
  },
  {
    name: 'list iterator replaced while the script is loaded',
    script: `Array.prototype[Symbol.iterator] = function* () { for (;;) yield ['decodeUplink', []]; };
      function decodeUplink() { return { data: 1 }; }`,
    errors: TIMEOUT,
  },
  // Memory and stack
  { name: 'huge array filled', body: 'new Array(1e9).fill(0);', errors: MEMORY },
  { name: 'huge array from a length', body: 'Array.from({ length: 1e9 });', errors: MEMORY },
  { name: 'array that grows', body: 'var a = []; for (;;) a.push({});', errors: MEMORY },
  {
    name: 'strings that pile up',
    body: 'var a = []; for (;;) a.push("x".repeat(1e5) + a.length);',
    errors: MEMORY,
  },
  { name: 'string that doubles', body: 'var s = "x"; for (;;) s += s;', errors: MEMORY },
  { name: 'huge repeat', body: 'return { data: "x".repeat(1e9).length };', errors: MEMORY },
  { name: 'huge padding', body: 'return { data: "x".padEnd(1e9).length };', errors: MEMORY },
  { name: 'huge buffer', body: 'return { data: new ArrayBuffer(2e9).byteLength };', errors: MEMORY },
  {
    name: 'huge number of numbers to the host',
    body: 'return { data: Math.hypot.apply(null, new Array(60000).fill(1)) > 0 };',
    data: true,
  },
  { name: 'huge Buffer', body: 'return { data: Buffer.alloc(2e9).length };', errors: MEMORY },
  {
    name: 'huge text as a Buffer',
    body: 'return { data: Buffer.from("ab".repeat(1e6), "hex").length };',
    errors: MEMORY,
  },
  {
    name: 'nested object cloned',
    body: 'var a = {}; for (var i = 0; i < 1e5; i++) a = { a: a }; structuredClone(a);',
    errors: [...STACK, 'memory'],
  },
  {
    name: 'generator spread',
    body: 'function* g() { for (;;) yield {}; } return { data: [...g()] };',
    errors: MEMORY,
  },
  {
    name: 'out of memory, caught again and again',
    body: 'for (;;) try { new Array(1e9).fill(0); } catch (e) {}',
    errors: MEMORY,
  },
  { name: 'recursion', body: 'function f() { return f() + 1; } return f();', errors: STACK },
  {
    name: 'recursion through toString',
    body: 'var o = { toString: function () { return "" + o; } }; return "" + o;',
    errors: STACK,
  },
  {
    name: 'deeply nested JSON parsed',
    body: 'return { data: JSON.parse("[".repeat(1e5) + "]".repeat(1e5)) };',
    errors: STACK,
  },
  { name: 'script of brackets', script: '['.repeat(200_000), errors: STACK },
  { name: 'script of one long sum', script: `1${'+1'.repeat(500_000)}`, errors: ['threw', ...MEMORY] },
  {
    name: 'buffer that grows in place',
    body: 'var b = new ArrayBuffer(8, { maxByteLength: 2e9 }); b.resize(1e9); return { data: b.byteLength };',
    errors: MEMORY,
  },
  {
    name: 'shared memory, which the heap limit does not count',
    body: 'var a = []; for (var i = 0; i < 20; i++) a.push(new SharedArrayBuffer(1e6)); return { data: a.length };',
    errors: ['threw'],
  },
  {
    name: 'regular expression of brackets',
    body: 'return { data: new RegExp("(?:".repeat(1e5) + ")".repeat(1e5)).test("") };',
    errors: STACK,
  },
  // Outputs
  { name: 'huge output', body: 'return { data: "x".repeat(1e6) };', errors: ['tooLarge'] },
  {
    name: 'huge output from toJSON',
    body: 'return { data: { toJSON: function () { return "x".repeat(1e6); } } };',
    errors: ['tooLarge'],
  },
  {
    name: 'nested output',
    body: 'var a = {}; for (var i = 0; i < 500; i++) a = { a: a }; return a;',
    errors: ['tooDeep'],
  },
  {
    name: 'very nested output',
    body: 'var a = {}; for (var i = 0; i < 1e5; i++) a = [a]; return { data: a };',
    errors: [...STACK, 'memory', 'crashed'],
  },
  { name: 'circular output', body: 'var a = {}; a.a = a; return a;', errors: ['threw'] },
  { name: 'promise', body: 'return Promise.resolve({ data: 1 });', errors: ['asynchronous'] },
  {
    name: 'object that pretends to be a promise',
    body: 'return { then: function (f) { f({ data: 1 }); } };',
    errors: ['asynchronous'],
  },
  { name: 'number', body: 'return 5;', errors: ['notObject'] },
  { name: 'list', body: 'return [1];', errors: ['notObject'] },
  { name: 'function', body: 'return function () {};', errors: ['notObject'] },
  {
    name: 'toJSON that gives text',
    body: 'return { toJSON: function () { return "data"; } };',
    errors: ['notObject'],
  },
  {
    name: 'revoked proxy',
    body: 'var r = Proxy.revocable({}, {}); r.revoke(); return r.proxy;',
    errors: ['threw'],
  },
  {
    name: 'revoked proxy thrown',
    body: 'var r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy;',
    errors: ['threw'],
  },
  { name: 'nothing thrown', body: 'throw undefined;', errors: ['threw'] },
  {
    name: 'prototype key in the output',
    body: 'return { data: { ["__proto__"]: { admin: true }, a: 1 } };',
    data: { a: 1 },
  },
  {
    name: 'prototype key, escaped',
    body: 'return JSON.parse("{\\"data\\":{\\"\\\\u005f_proto__\\":{\\"admin\\":true},\\"a\\":1}}");',
    data: { a: 1 },
  },
  {
    name: 'error that brings its own text methods',
    body: 'String.prototype.slice = function () { return { a: 1 }; }; throw new Error("x");',
    errors: ['threw'],
  },
  {
    name: "prototype key of the sandbox's own input",
    body: 'input.__proto__.polluted = 1; return { data: Object.keys(input).length > 0 };',
    data: true,
  },
  // Ways out
  {
    name: 'constructor of the global object',
    body: 'return { data: typeof this.constructor.constructor("return typeof process === \'undefined\' ? undefined : process")() };',
    data: 'undefined',
  },
  {
    name: 'constructor of a host value',
    body: 'return { data: input.bytes.constructor.constructor("return typeof require + typeof process + typeof fetch")() };',
    data: 'undefinedundefinedundefined',
  },
  { name: 'dynamic import', body: 'return import("node:fs");', errors: ['asynchronous'] },
  {
    name: 'static import',
    script: 'import fs from "node:fs"; function decodeUplink() {}',
    errors: ['syntax'],
  },
  { name: 'require', body: 'return { data: require("fs") };', errors: ['module'] },
  {
    name: 'waiting for shared memory',
    body: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return {};',
    errors: ['threw'],
  },
  {
    name: 'stack trace hook',
    body: 'Error.prepareStackTrace = function () { for (;;); }; throw new Error("x");',
    errors: ['threw', 'timeout'],
  },
  {
    name: 'rewritten JSON',
    body: 'JSON.stringify = function () { return "{\\"data\\":666}"; }; JSON.parse = null; return { data: 1 };',
    data: 1,
  },
  {
    name: 'toJSON for every object',
    body: 'Object.prototype.toJSON = function () { return 5; }; return { data: 1 };',
    errors: ['notObject'],
  },
  {
    name: 'rewritten Object.prototype',
    body: 'Object.prototype.polluted = 1; Array.prototype.push = null; return { data: 1 };',
    data: 1,
  },
  {
    name: 'promise jobs without end',
    body: 'function f() { Promise.resolve().then(f); } for (var i = 0; i < 100; i++) f(); return { data: 1 };',
    data: 1,
  },
];

/** The attack as a codec script. */
export function scriptOf({ body, script }: Attack): string {
  return script ?? `function decodeUplink(input) { ${body} }`;
}
