import { CodecError } from '../observation/errors.ts';
import { Quarantine } from './quarantine.ts';
import {
  type Call,
  isHarmful,
  type Limits,
  type Outcome,
  type Request,
  type Script,
} from './sandbox-protocol.ts';
import { SandboxThread } from './sandbox-thread.ts';

const LIMITS: Limits = {
  memory: 4 * 1024 * 1024,
  stack: 256 * 1024,
  interruptAfter: 100,
  output: 64 * 1024,
  depth: 32,
};

/** ms that one call may keep the worker busy before the host ends the worker; built-ins do not see the interrupt. */
const WATCHDOG_AFTER = 250;

/** Calls in one message to the worker: enough to make the message cheap, few enough to answer soon. */
const BATCH_AT_MOST = 128;

/** Calls that are worth waking the worker for while more are coming, and ms that fewer of them wait for more. */
const WORTH_SENDING = 32;
const GATHER_FOR = 1;

interface Waiting extends Call {
  /** Runs for the second time. */
  again?: boolean;
  resolve(output: unknown): void;
  reject(error: CodecError): void;
}

type Failure = Outcome & { kind: Exclude<Outcome['kind'], 'output' | 'postponed'> };

/** The facts for the sentence of each failure, besides the codec's name and the line; the text is `codec.error.<kind>`. */
const FACTS: Readonly<Record<Failure['kind'], (failure: Failure) => Record<string, string | number>>> = {
  syntax: ({ text }) => ({ message: text }),
  threw: ({ text }) => ({ message: text }),
  noFunction: ({ text }) => ({ function: text }),
  notObject: () => ({}),
  notValid: () => ({}),
  module: ({ text }) => ({ module: text }),
  asynchronous: () => ({}),
  tooLarge: () => ({ kilobytes: LIMITS.output / 1024 }),
  tooDeep: () => ({ levels: LIMITS.depth }),
  timeout: () => ({ milliseconds: LIMITS.interruptAfter }),
  memory: () => ({ megabytes: LIMITS.memory / 1024 / 1024 }),
  stack: () => ({}),
  crashed: () => ({}),
};

let shared: Sandbox | undefined;

/**
 * Runs payload codecs that nobody vouches for: each in a QuickJS runtime of its own, all in one worker thread that
 * is ended and replaced when a codec hangs or breaks it. Only text and numbers cross the
 * border.
 */
export class Sandbox {
  readonly #quarantine = new Quarantine();
  #queue: Waiting[] = [];
  #inWork: Waiting[] = [];
  #thread: SandboxThread | undefined;
  #scheduled = false;
  #gathering: NodeJS.Timeout | undefined;

  /** The sandbox that all nodes of this process share. */
  static shared(): Sandbox {
    shared ??= new Sandbox();
    return shared;
  }

  /**
   * Asks a codec for something; resolves with the value of its JSON, without prototype keys. Rejects with CodecError
   * for whatever the codec does wrong. Calls are answered in order, but for one that has to run again; those made in
   * one turn of the event loop travel together.
   */
  call(script: Script, request: Request, input: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ script, request, input, resolve, reject });
      this.#schedule();
    });
  }

  /** Ends the worker; calls in work are rejected. The next call starts a new one. */
  async close(): Promise<void> {
    const open = [...this.#inWork, ...this.#queue];
    this.#inWork = [];
    this.#queue = [];
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const thread = this.#thread;
    this.#thread = undefined;
    if (shared === this) shared = undefined;
    await thread?.end();
    for (const call of open) call.reject(errorOf(call, lost('crashed')));
  }

  #schedule(): void {
    if (this.#scheduled || this.#inWork.length > 0) return;
    if (this.#gathering && this.#queue.length < WORTH_SENDING) return;
    this.#scheduled = true;
    // Node-RED handles each message by itself; waking the worker for each of them costs more than the decoding.
    setImmediate(() => {
      this.#scheduled = false;
      this.#sendBatch();
    });
  }

  /** Calls that came while the worker was busy are part of a stream: a few at a time would keep waking it. */
  #gather(): void {
    this.#gathering ??= setTimeout(() => this.#sendBatch(), GATHER_FOR);
  }

  #sendBatch(): void {
    if (this.#inWork.length > 0) return;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    while (this.#inWork.length === 0 && this.#queue.length > 0) {
      this.#inWork = this.#queue.splice(0, BATCH_AT_MOST).filter((call) => this.#admits(call));
    }
    if (this.#inWork.length === 0) return;
    if (this.#thread?.isFull) {
      void this.#thread.end();
      this.#thread = undefined;
    }
    this.#thread ??= this.#startThread();
    this.#thread.send(this.#inWork);
  }

  /** Whether a call may run; rejects it if its codec is in quarantine. */
  #admits(call: Waiting): boolean {
    const line = this.#quarantine.lineOf(call.script.key);
    if (line === undefined) return true;
    const parameters = { codec: call.script.file, line: line || '?' };
    call.reject(new CodecError({ key: 'codec.error.quarantined', parameters }));
    return false;
  }

  #startThread(): SandboxThread {
    const thread: SandboxThread = new SandboxThread(LIMITS, WATCHDOG_AFTER, {
      onOutcomes: (outcomes) => this.#settle(outcomes),
      onEnd: (culprit, hung) => this.#recover(thread, culprit, hung),
    });
    return thread;
  }

  #settle(outcomes: readonly Outcome[]): void {
    const batch = this.#inWork;
    const waiting = this.#queue.length;
    this.#inWork = [];
    for (const [index, call] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome) this.#finish(call, outcome);
    }
    if (waiting > 0 && waiting < WORTH_SENDING) this.#gather();
    else this.#sendBatch();
  }

  /**
   * The worker is gone. The call it was on is charged with that; all others of the batch run again in the next
   * worker, because their answers were lost with the first.
   */
  #recover(thread: SandboxThread, culprit: number, hung: boolean): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    const batch = this.#inWork;
    this.#inWork = [];
    const guilty = batch[culprit - 1];
    if (guilty) {
      this.#queue.unshift(...batch.filter((call) => call !== guilty));
      this.#finish(guilty, lost(hung ? 'timeout' : 'crashed'));
    } else {
      // A worker that ends without being in a call is nobody's fault; more than one further try might never stop.
      for (const call of batch) {
        if (call.again) call.reject(errorOf(call, lost('crashed')));
        else this.#repeat(call);
      }
    }
    this.#sendBatch();
  }

  #finish(call: Waiting, outcome: Outcome): void {
    if (isFailure(outcome)) {
      if (this.#deservesAnother(call, outcome)) {
        this.#repeat(call);
        return;
      }
      if (isHarmful(outcome)) this.#quarantine.charge(call.script.key, outcome.line);
      call.reject(errorOf(call, outcome));
    } else if (outcome.kind === 'output') {
      this.#deliver(call, outcome.text);
    } else {
      this.#queue.push(call);
    }
  }

  #deliver(call: Waiting, json: string): void {
    let value: unknown;
    try {
      value = withoutPrototypes(json);
    } catch {
      call.reject(errorOf(call, { kind: 'notObject', text: '', line: 0 }));
      return;
    }
    this.#quarantine.forgive(call.script.key);
    call.resolve(value);
  }

  #repeat(call: Waiting): void {
    this.#queue.push({ ...call, again: true });
  }

  /** The limits count the clock's time: a reading must not be lost because the machine was busy for a moment. */
  #deservesAnother(call: Waiting, { kind }: Failure): boolean {
    return (
      (kind === 'timeout' || kind === 'crashed') && !call.again && this.#quarantine.trusts(call.script.key)
    );
  }
}

function errorOf({ script }: Call, failure: Failure): CodecError {
  const facts = { codec: script.file, line: failure.line || '?', ...FACTS[failure.kind](failure) };
  return new CodecError({ key: `codec.error.${failure.kind}`, parameters: facts });
}

function isFailure(outcome: Outcome): outcome is Failure {
  return outcome.kind !== 'output' && outcome.kind !== 'postponed';
}

/** The outcome of a call whose worker is gone. */
function lost(kind: 'timeout' | 'crashed'): Failure {
  return { kind, text: '', line: 0 };
}

/**
 * The value of JSON from a codec, without keys that would change an object's prototype when it is copied later.
 * The sandbox has bounded length and nesting, and writes the key in plain letters.
 */
function withoutPrototypes(json: string): unknown {
  if (!json.includes('"__proto__"')) return JSON.parse(json);
  return JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value));
}
