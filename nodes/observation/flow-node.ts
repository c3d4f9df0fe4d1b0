import { MessageError, type Problem, problemOf } from './errors.ts';
import { describeError, type Language, languageFor } from './messages.ts';
import { andThen, attempt, type NowOrLater } from './now-or-later.ts';
import { isObservation, type Observation } from './observation.ts';

/** The parts of a Node-RED node that wrappers share; structural, so that no room imports Node-RED. */
export interface FlowNode {
  status(status: {
    fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
    shape?: 'ring' | 'dot';
    text?: string;
  }): void;
}

/** A Node-RED message. */
export interface FlowMessage {
  topic?: string;
  payload?: unknown;
  /** Set by the intake node; every later node keeps it. */
  intake?: IntakeContext;
  [property: string]: unknown;
}

/** What the intake node tells the later nodes about a raw message. */
export interface IntakeContext {
  journalId: string;
  /** ISO 8601 UTC. */
  receivedTime: string;
  transport: string;
  /** Which of the results of this raw message it is; absent if it is the only one. */
  part?: Part;
}

/** One of the results that a raw message gave. */
export interface Part {
  /** 0 and up. */
  index: number;
  count: number;
}

/** The Observation a message carries. Throws MessageError if it carries something else. */
export function observationOf(message: FlowMessage): Observation {
  if (isObservation(message.payload)) return message.payload;
  throw new MessageError({ key: 'observation.error.notAnObservation' });
}

/** Runtime language of this Node-RED: `byflyt.language` in its settings, else the editor's `lang`, else the environment. */
export function runtimeLanguage(settings: object): Language {
  const { byflyt, lang } = settings as { byflyt?: { language?: string }; lang?: string };
  return languageFor(byflyt?.language ?? lang ?? process.env.BYFLYT_LANGUAGE ?? process.env.LANG);
}

/** Local time of this Node-RED as an IANA name: `byflyt.timeZone` in its settings, else the machine's. */
export function runtimeTimeZone(settings: object): string {
  const { byflyt } = settings as { byflyt?: { timeZone?: string } };
  return byflyt?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

type InputListener = (message: unknown, send: unknown, done: (error?: Error) => void) => void;

const startProblems = new WeakMap<object, Problem>();

/** Why `runStart` could not start a node; undefined if it did. */
export function startProblem(node: object): Problem | undefined {
  return startProblems.get(node);
}

/**
 * Runs a node's start: a wrong setting becomes a sentence for people, a red status and an error, and every message
 * that comes fails with it, so that none is lost without a word.
 */
export function runStart(
  node: FlowNode & { error(sentence: string): void; on(event: 'input', listener: InputListener): void },
  language: Language,
  start: () => void,
): void {
  try {
    start();
  } catch (error) {
    startProblems.set(node, problemOf(error));
    const sentence = describeError(error, language);
    node.status({ fill: 'red', shape: 'ring', text: shorten(sentence) });
    node.error(sentence);
    node.on('input', (_message, _send, done) => done(new Failure(sentence, { cause: error })));
  }
}

/**
 * Runs one message's work so that nothing is dropped silently: a failure becomes a sentence for people,
 * a red status and `done(error)`, which catch nodes see; the next message is not affected.
 */
export function runInput(
  node: FlowNode,
  language: Language,
  done: (error?: Error) => void,
  work: () => NowOrLater<void>,
): NowOrLater<void> {
  return attempt(
    () => andThen(work(), () => done()),
    (error) => {
      const sentence = describeError(error, language);
      node.status({ fill: 'red', shape: 'ring', text: shorten(sentence) });
      done(new Failure(sentence, { cause: error }));
    },
  );
}

/** What `done` gets. Catch nodes show an error as text, and that is to be the sentence alone. */
class Failure extends Error {
  override toString(): string {
    return this.message;
  }
}

/** Characters that have room between two nodes of a shipped flow. */
export const STATUS_LENGTH = 48;

/** A status text that fits under a node; `length` in characters. */
export function shorten(text: string, length = 80): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
