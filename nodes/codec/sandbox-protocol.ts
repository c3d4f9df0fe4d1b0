import type { ScriptWishes } from '../devices/device.ts';

/** Functions of the LoRaWAN Payload Codec API (TS013) that a codec script may offer. */
export const CODEC_FUNCTIONS = [
  'decodeUplink',
  'encodeDownlink',
  'decodeDownlink',
  'normalizeUplink',
] as const;
export type CodecFunction = (typeof CODEC_FUNCTIONS)[number];

/** What can be asked of a script; `describe` runs nothing of it but what stands outside its functions. */
export const REQUESTS = [...CODEC_FUNCTIONS, 'describe'] as const;
export type Request = (typeof REQUESTS)[number];

/** Ways in which published codecs are written, as the sandbox recognises them. */
export type Dialect = 'ts013' | 'actility' | 'os2iot' | 'chirpstack3' | 'ttn2' | 'datacake';

/** A codec script as the worker loads it. `key` is unique per content and options: a changed script is a new codec. */
export interface Script {
  key: string;
  /** Name that stands in the script's own stack traces. */
  file: string;
  source: string;
  options: Required<ScriptWishes>;
}

export interface Call {
  script: Script;
  request: Request;
  /** JSON of the TS013 input; `bytes` an array of numbers, `recvTime` ms since 1970. */
  input: string;
}

/**
 * Host to worker. Calls travel as one string, because cloning a list of objects costs more than running a small codec:
 * one line for each with the script's place in `keys`, the request's place in REQUESTS and the input, which as JSON
 * has no line break.
 */
export interface Batch {
  /** Scripts that this worker has not had yet. */
  scripts: Script[];
  keys: string[];
  calls: string;
}

export function writeCalls(calls: readonly Call[]): Pick<Batch, 'keys' | 'calls'> {
  const places = new Map<string, number>();
  const lines = calls.map(({ script: { key }, request, input }) => {
    let place = places.get(key);
    if (place === undefined) {
      place = places.size;
      places.set(key, place);
    }
    return `${place} ${REQUESTS.indexOf(request)} ${input}`;
  });
  return { keys: [...places.keys()], calls: lines.join('\n') };
}

/** A call as the worker reads it, with its script's key. */
export type WorkerCall = Omit<Call, 'script'> & { key: string };

export function readCalls({ keys, calls }: Pick<Batch, 'keys' | 'calls'>): WorkerCall[] {
  return calls.split('\n').map((line) => {
    const end = line.indexOf(' ');
    const key = keys[Number(line.slice(0, end))] ?? '';
    // One digit: there are fewer than ten requests.
    const request = REQUESTS[Number(line[end + 1])] ?? 'describe';
    return { key, request, input: line.slice(end + 3) };
  });
}

/**
 * How a call ended. `output`: `text` is JSON. `postponed`: not tried, because an earlier call of the same script did
 * harm in this batch. Everything else is a failure of the codec.
 */
export type OutcomeKind =
  | 'output'
  | 'postponed'
  | 'syntax'
  | 'threw'
  | 'noFunction'
  | 'notObject'
  | 'notValid'
  | 'asynchronous'
  | 'module'
  | 'tooLarge'
  | 'tooDeep'
  | 'timeout'
  | 'memory'
  | 'stack'
  | 'crashed';

export interface Outcome {
  kind: OutcomeKind;
  /** JSON for `output`; the script's own message for `syntax` and `threw`; a name for `noFunction` and `module`. */
  text: string;
  /** Line in the script, 1 and up; 0 if unknown. */
  line: number;
}

/** Whether a call cost everybody time, or the script its heap; repeated harm leads to quarantine. */
export function isHarmful({ kind }: Pick<Outcome, 'kind'>): boolean {
  return kind === 'timeout' || kind === 'memory' || kind === 'crashed';
}

/** Worker to host, as text for the same reason: `{...}` is an output, `!` and JSON anything else, one line for each. */
export function writeOutcomes(outcomes: readonly Outcome[]): string {
  return outcomes
    .map((outcome) => (outcome.kind === 'output' ? outcome.text : `!${JSON.stringify(outcome)}`))
    .join('\n');
}

export function readOutcomes(text: string): Outcome[] {
  return text
    .split('\n')
    .map((line) =>
      line.startsWith('!') ? (JSON.parse(line.slice(1)) as Outcome) : { kind: 'output', text: line, line: 0 },
    );
}

/** Worker to host: ready for the first batch, or the outcomes of one batch in order. `full`: another worker should follow. */
export type WorkerMessage = { ready: true } | { outcomes: string; full: boolean };

export interface Limits {
  /** Bytes of heap per codec: of a single piece, and of what the engine notes about all of them. */
  memory: number;
  /** Bytes of stack per codec. */
  stack: number;
  /** ms of one call, enforced inside QuickJS. */
  interruptAfter: number;
  /** Characters of a call's JSON output. */
  output: number;
  /** Levels of nesting of a call's JSON output. */
  depth: number;
}

/**
 * Places of the Int32 that host and worker share. `call`: place (1 and up) in the batch of the call in work, 0 while idle.
 * `batches`: how many were sent; the worker sleeps until that changes.
 */
export const SHARED = { call: 0, batches: 1 } as const;

export interface WorkerData {
  limits: Limits;
  shared: SharedArrayBuffer;
}
