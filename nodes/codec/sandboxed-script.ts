import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { INEXACT } from './sandbox-guest-math.ts';
import { answerLocaleRequest } from './sandbox-locale.ts';
import { preludeOf } from './sandbox-prelude.ts';
import {
  CODEC_FUNCTIONS,
  type CodecFunction,
  type Limits,
  type Outcome,
  type OutcomeKind,
  type Request,
  type Script,
} from './sandbox-protocol.ts';
import { plainScript, withoutExports } from './sandbox-source.ts';

/** Outcomes after which the script's heap cannot be trusted: it is thrown away and the script loaded anew. */
const FATAL: ReadonlySet<OutcomeKind> = new Set(['timeout', 'memory', 'stack']);

/** What a runner says of a result that is no output. */
const FINDINGS = ['notObject', 'asynchronous', 'notValid'] as const;

/** ms to find out where a script was when its time was up. */
const LAST_WORDS = 10;

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
  readonly #runners = new Map<CodecFunction, QuickJSHandle>();
  readonly #describe: QuickJSHandle;
  /** Why the script cannot be used at all; undefined if it can. */
  readonly failure: Outcome | undefined;
  #dialect: string | undefined;
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
    // Our own part takes no time that a codec could be blamed for; the host's watchdog looks after both.
    this.#start(Number.POSITIVE_INFINITY);
    using tools = this.#prepare();
    this.#describe = this.#context.getProp(tools, 'describe');
    this.failure = this.#load(tools);
  }

  /** Calls a function of the codec with the JSON of its input. Never throws for a fault of the codec. */
  call(request: Request, input: string): Outcome {
    if (this.failure) return this.failure;
    if (request === 'describe') return { kind: 'output', text: this.#description(), line: 0 };
    const runner = this.#runners.get(request);
    if (!runner) return failed('noFunction', request);
    this.#start(this.#limits.interruptAfter);
    using json = this.#context.newString(input);
    const result = this.#context.callFunction(runner, this.#context.undefined, json);
    if (result.error) return this.#failureOf(result.error, 'threw');
    using value = result.value;
    return this.#outcomeOf(this.#context.getString(value));
  }

  /** Whether the script has to be loaded anew for its next call. */
  isSpent({ kind }: Outcome): boolean {
    return this.#script.options.context === 'fresh' || FATAL.has(kind);
  }

  dispose(): void {
    for (const handle of this.#runners.values()) handle.dispose();
    this.#describe.dispose();
    this.#context.dispose();
    this.#runtime.dispose();
  }

  #description(): string {
    const functions = CODEC_FUNCTIONS.filter((name) => this.#runners.has(name));
    return JSON.stringify({ dialect: this.#dialect, functions });
  }

  /** Runs what comes before the codec; gives its tools. */
  #prepare(): QuickJSHandle {
    const context = this.#context;
    using prelude = context.unwrapResult(context.evalCode(preludeOf(this.#script), 'byflyt.js'));
    using answer = context.newFunction('answer', (json) =>
      context.newString(answerLocaleRequest(context.getString(json), this.#script.options.timeZone)),
    );
    using calculate = context.newFunction('calculate', (place, ...values) => {
      const name = INEXACT[context.getNumber(place)] ?? 'pow';
      const numbers = values.map((value) => context.getNumber(value));
      return context.newNumber((Math[name] as (...values: number[]) => number)(...numbers));
    });
    return context.unwrapResult(
      context.callFunction(prelude, context.undefined, context.global, answer, calculate),
    );
  }

  #load(tools: QuickJSHandle): Outcome | undefined {
    this.#start(this.#limits.interruptAfter);
    const failure = this.#evaluate();
    if (failure) return failure;
    using resolve = this.#context.getProp(tools, 'resolve');
    const resolved = this.#context.callFunction(resolve, this.#context.undefined);
    if (resolved.error) return this.#failureOf(resolved.error, 'threw');
    using found = resolved.value;
    using dialect = this.#context.getProp(found, 'dialect');
    if (this.#context.typeof(dialect) === 'string') this.#dialect = this.#context.getString(dialect);
    for (const name of CODEC_FUNCTIONS) {
      const runner = this.#context.getProp(found, name);
      if (this.#context.typeof(runner) === 'function') this.#runners.set(name, runner);
      else runner.dispose();
    }
    return undefined;
  }

  /** Runs the script itself; one that is no script but a module is tried as a script without its exports. */
  #evaluate(): Outcome | undefined {
    const source = plainScript(this.#script.source);
    const failure = this.#run(source);
    const script = failure?.kind === 'syntax' ? withoutExports(source) : undefined;
    if (script === undefined) return failure;
    return this.#run(script) && failure;
  }

  #run(source: string): Outcome | undefined {
    const loaded = this.#context.evalCode(source, this.#script.file, { type: 'global', strict: false });
    if (loaded.error) return this.#failureOf(loaded.error, 'syntax');
    loaded.value.dispose();
    return undefined;
  }

  #start(milliseconds: number): void {
    this.#interrupted = false;
    this.#deadline = performance.now() + milliseconds;
  }

  #isOverdue(): boolean {
    this.#interrupted ||= performance.now() > this.#deadline;
    return this.#interrupted;
  }

  #outcomeOf(answer: string): Outcome {
    // It may have been stopped and have caught that.
    if (this.#interrupted) return failed('timeout');
    if (!answer.startsWith('!')) return this.#checkOutput(answer);
    if (answer.startsWith('!threw')) return this.#readDescription(answer.slice('!threw'.length), 'threw');
    const kind = FINDINGS.find((finding) => answer === `!${finding}`);
    return failed(kind ?? 'notObject');
  }

  #checkOutput(json: string): Outcome {
    if (json.length > this.#limits.output) return failed('tooLarge');
    // JSON has no line breaks, and outcomes travel as lines.
    if (json.includes('\n')) return failed('notObject');
    if (isDeeperThan(json, this.#limits.depth)) return failed('tooDeep');
    return { kind: 'output', text: json, line: 0 };
  }

  /** The outcome for an exception that reached us; the error object itself is only touched inside QuickJS. */
  #failureOf(error: QuickJSHandle, fallback: 'syntax' | 'threw'): Outcome {
    using thrown = error;
    const interrupted = this.#interrupted;
    this.#start(interrupted ? LAST_WORDS : this.#limits.interruptAfter);
    const described = this.#context.callFunction(this.#describe, this.#context.undefined, thrown);
    if (described.error) {
      described.error.dispose();
      return failed(interrupted || this.#interrupted ? 'timeout' : 'memory');
    }
    using text = described.value;
    const outcome = this.#readDescription(this.#context.getString(text), fallback);
    return interrupted ? { kind: 'timeout', text: '', line: outcome.line } : outcome;
  }

  #readDescription(json: string, fallback: 'syntax' | 'threw'): Outcome {
    const { name, message, stack, line: stated } = JSON.parse(json) as ErrorDescription;
    const line = stated || lineIn(stack, this.#script.file);
    if (name === 'InternalError' && message === 'out of memory') return { kind: 'memory', text: '', line };
    if (/stack (overflow|size exceeded)/.test(message)) return { kind: 'stack', text: '', line };
    if (name === 'ModuleRefused') return { kind: 'module', text: message, line };
    const kind = fallback === 'syntax' && name !== 'SyntaxError' ? 'threw' : fallback;
    return { kind, text: message || name, line };
  }
}

function failed(kind: OutcomeKind, text = ''): Outcome {
  return { kind, text, line: 0 };
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
