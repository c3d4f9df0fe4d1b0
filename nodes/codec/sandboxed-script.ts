import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import {
  CODEC_FUNCTIONS,
  type CodecFunction,
  type Limits,
  type Outcome,
  type Script,
} from './sandbox-protocol.ts';

type Result = Omit<Outcome, 'number'>;

/** Outcomes after which the script's heap cannot be trusted: it is thrown away and the script loaded anew. */
const FATAL: ReadonlySet<string> = new Set(['timeout', 'memory', 'stack']);

/**
 * Runs inside QuickJS before the codec, so that it holds the original built-ins whatever the codec redefines.
 * Returns [invoke, describe]: invoke(function, inputJson) gives 'output' + JSON or the name of a failure,
 * describe(error) gives name, message and stack as JSON.
 */
const BOOTSTRAP = `(function (global) {
  var parse = JSON.parse, stringify = JSON.stringify, DateOf = Date, text = String, numberOf = Number;
  function nothing() {}
  global.console = { log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing, trace: nothing };
  global.module = { exports: {} };
  global.exports = global.module.exports;
  function part(error, name) {
    try { var value = error[name]; return value === undefined ? '' : text(value); } catch (ignored) { return ''; }
  }
  function describe(error) {
    var object = error !== null && (typeof error === 'object' || typeof error === 'function');
    var name = object ? part(error, 'name') : '';
    var message = object ? part(error, 'message') : part([error], 0);
    var stack = object ? part(error, 'stack') : '';
    var line = object ? numberOf(part(error, 'lineNumber')) : 0;
    var parts = { name: name.slice(0, 100), message: message.slice(0, 500), stack: stack.slice(0, 2000), line: line || 0 };
    parts.toJSON = undefined;
    return stringify(parts);
  }
  function invoke(codecFunction, json) {
    var input = parse(json);
    if (typeof input.recvTime === 'number') input.recvTime = new DateOf(input.recvTime);
    var result = codecFunction(input);
    if (result === null || typeof result !== 'object') return 'notObject';
    if (typeof result.then === 'function') return 'asynchronous';
    var output = stringify(result);
    return typeof output === 'string' && output[0] === '{' ? 'output' + output : 'notObject';
  }
  return [
    function (codecFunction, json) {
      try { return invoke(codecFunction, json); } catch (error) { return 'threw' + describe(error); }
    },
    describe
  ];
})(globalThis)`;

interface ErrorDescription {
  name: string;
  message: string;
  stack: string;
  line: number;
}

/** One codec script in a QuickJS runtime of its own, with a heap limit, a stack limit and a deadline per call. */
export class SandboxedScript {
  readonly #script: Script;
  readonly #limits: Limits;
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #functions = new Map<CodecFunction, QuickJSHandle>();
  readonly #invoke: QuickJSHandle;
  readonly #describe: QuickJSHandle;
  /** Why the script cannot be used at all; undefined if it can. */
  readonly failure: Result | undefined;
  #deadline = 0;
  #interrupted = false;

  constructor(engine: QuickJSWASMModule, script: Script, limits: Limits) {
    this.#script = script;
    this.#limits = limits;
    this.#runtime = engine.newRuntime();
    this.#runtime.setMemoryLimit(limits.memory);
    this.#runtime.setMaxStackSize(limits.stack);
    this.#runtime.setInterruptHandler(() => this.#isOverdue());
    this.#context = this.#runtime.newContext();
    this.#start();
    const tools = this.#context.unwrapResult(this.#context.evalCode(BOOTSTRAP, 'bootstrap.js'));
    this.#invoke = this.#context.getProp(tools, 0);
    this.#describe = this.#context.getProp(tools, 1);
    tools.dispose();
    this.failure = this.#load();
  }

  /** Calls a function of the codec with the JSON of its input. Never throws for a fault of the codec. */
  call(name: CodecFunction, input: string): Result {
    if (this.failure) return this.failure;
    const codecFunction = this.#functions.get(name);
    if (!codecFunction) return { kind: 'noFunction', text: name, line: 0 };
    this.#start();
    using json = this.#context.newString(input);
    const result = this.#context.callFunction(this.#invoke, this.#context.undefined, codecFunction, json);
    if (result.error) return this.#failureOf(result.error, 'threw');
    using value = result.value;
    return this.#resultOf(this.#context.getString(value));
  }

  /** Whether the heap must be thrown away after this result. */
  static isFatal(result: Result): boolean {
    return FATAL.has(result.kind);
  }

  dispose(): void {
    for (const handle of this.#functions.values()) handle.dispose();
    this.#invoke.dispose();
    this.#describe.dispose();
    this.#context.dispose();
    this.#runtime.dispose();
  }

  #load(): Result | undefined {
    this.#start();
    const { file, source } = this.#script;
    const loaded = this.#context.evalCode(source, file, { type: 'global', strict: false });
    if (loaded.error) return this.#failureOf(loaded.error, 'syntax');
    loaded.value.dispose();
    for (const name of CODEC_FUNCTIONS) {
      const found = this.#context.evalCode(
        `typeof ${name} === 'function' ? ${name} : (module && module.exports || {}).${name}`,
      );
      if (found.error) return this.#failureOf(found.error, 'threw');
      if (this.#context.typeof(found.value) === 'function') this.#functions.set(name, found.value);
      else found.value.dispose();
    }
    return undefined;
  }

  #start(): void {
    this.#interrupted = false;
    this.#deadline = performance.now() + this.#limits.interruptAfter;
  }

  #isOverdue(): boolean {
    this.#interrupted ||= performance.now() > this.#deadline;
    return this.#interrupted;
  }

  #resultOf(answer: string): Result {
    if (this.#interrupted) return { kind: 'timeout', text: '', line: 0 };
    if (answer.startsWith('output')) return this.#checkOutput(answer.slice('output'.length));
    if (answer.startsWith('threw')) return this.#readDescription(answer.slice('threw'.length), 'threw');
    return { kind: answer === 'asynchronous' ? 'asynchronous' : 'notObject', text: '', line: 0 };
  }

  #checkOutput(json: string): Result {
    if (json.length > this.#limits.output) return { kind: 'tooLarge', text: '', line: 0 };
    if (isDeeperThan(json, this.#limits.depth)) return { kind: 'tooDeep', text: '', line: 0 };
    return { kind: 'output', text: json, line: 0 };
  }

  /** The outcome for an exception that reached us; the error object itself is only touched inside QuickJS. */
  #failureOf(error: QuickJSHandle, fallback: 'syntax' | 'threw'): Result {
    using thrown = error;
    if (this.#interrupted) return { kind: 'timeout', text: '', line: 0 };
    const described = this.#context.callFunction(this.#describe, this.#context.undefined, thrown);
    if (described.error) {
      described.error.dispose();
      return { kind: this.#interrupted ? 'timeout' : 'memory', text: '', line: 0 };
    }
    using text = described.value;
    return this.#readDescription(this.#context.getString(text), fallback);
  }

  #readDescription(json: string, fallback: 'syntax' | 'threw'): Result {
    const { name, message, stack, line } = JSON.parse(json) as ErrorDescription;
    if (name === 'InternalError' && message === 'out of memory') return { kind: 'memory', text: '', line: 0 };
    if (/stack (overflow|size exceeded)/.test(message)) return { kind: 'stack', text: '', line: 0 };
    const kind = fallback === 'syntax' && name !== 'SyntaxError' ? 'threw' : fallback;
    return { kind, text: message || name, line: line || lineIn(stack, this.#script.file) };
  }
}

/** The innermost line of the codec file in a QuickJS stack trace (`at decode (file:12:5)`), 0 if there is none. */
function lineIn(stack: string, file: string): number {
  const start = stack.indexOf(`${file}:`);
  return start < 0 ? 0 : Number.parseInt(stack.slice(start + file.length + 1), 10) || 0;
}

/** Whether JSON nests deeper than `limit`; later recursion over such a value could overflow the host's stack. */
function isDeeperThan(json: string, limit: number): boolean {
  if (json.length <= limit) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index);
    if (code === 0x5c) index++;
    else if (code === 0x22) inString = !inString;
    else if (inString) continue;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    if (depth > limit) return true;
  }
  return false;
}
