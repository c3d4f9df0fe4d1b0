/** The other side of yaml-thread.ts. */
import { parentPort } from 'node:worker_threads';
import { parseDocument } from 'yaml';
import { messageOf } from '../../observation/errors.ts';
import type { YamlOutcome } from './yaml-thread.ts';

/** More references to one part than any repository file has: a file that would grow without end is refused. */
const ALIASES_AT_MOST = 100;

function outcomeOf(text: string): YamlOutcome {
  try {
    // Without its drawings of each place: a file full of mistakes would fill the memory with them.
    const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
    const [error] = document.errors;
    if (error) return { message: error.message, line: lineOf(text, error.pos[0]) };
    // What is no JSON (a part that has itself within) must not leave this thread.
    return { content: JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: ALIASES_AT_MOST }))) };
  } catch (error) {
    return { message: messageOf(error), line: 1 };
  }
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

parentPort?.on('message', (text: string) => parentPort?.postMessage(outcomeOf(text)));
