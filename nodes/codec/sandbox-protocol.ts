/** Functions of the LoRaWAN Payload Codec API (TS013) that a codec script may offer. */
export const CODEC_FUNCTIONS = ['decodeUplink', 'encodeDownlink', 'decodeDownlink'] as const;
export type CodecFunction = (typeof CODEC_FUNCTIONS)[number];

/** A codec script as the worker loads it. `key` is unique per content, so that a changed script is a new codec. */
export interface Script {
  key: string;
  /** Name that stands in the script's own stack traces. */
  file: string;
  source: string;
}

export interface Call {
  /** Number of the call, 1 and up; the worker writes it to the progress cell while it works on it. */
  number: number;
  script: string;
  function: CodecFunction;
  /** JSON of the TS013 input; `bytes` an array of numbers, `recvTime` ms since 1970. */
  input: string;
}

export interface Batch {
  /** Scripts that this worker has not had yet. */
  scripts: Script[];
  calls: Call[];
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
  | 'asynchronous'
  | 'tooLarge'
  | 'tooDeep'
  | 'timeout'
  | 'memory'
  | 'stack'
  | 'crashed';

export interface Outcome {
  number: number;
  kind: OutcomeKind;
  /** JSON for `output`; the script's own message for `syntax` and `threw`; else empty. */
  text: string;
  /** Line in the script, 1 and up; 0 if unknown. */
  line: number;
}

/** Whether a call cost everybody time, or the script its heap; repeated harm leads to quarantine. */
export function isHarmful({ kind }: Pick<Outcome, 'kind'>): boolean {
  return kind === 'timeout' || kind === 'memory' || kind === 'crashed';
}

/** Worker to host: ready for the first batch, or the outcomes of one batch in order. */
export type WorkerMessage = 'ready' | Outcome[];

export interface Limits {
  /** Bytes of heap per codec. */
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

export interface WorkerData {
  limits: Limits;
  /** One Int32: number of the call in work, 0 while idle. */
  progress: SharedArrayBuffer;
}
