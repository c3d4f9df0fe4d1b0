import { exit } from 'node:process';
import { messageOf } from '../nodes/observation/errors.ts';
import { type Language, translate } from '../nodes/observation/messages.ts';
import { ERROR, FATAL, type LogFile } from './log-file.ts';

/** The system's words for a disk that takes nothing more. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS']);

/**
 * An error that nobody caught ends the process, because nobody knows what it left half done: the log gets it with its
 * stack, the terminal a sentence. Whatever starts Byflyt (a service, a container) starts it again.
 */
export function endOnUncaught(log: LogFile, language: Language): void {
  process.on('uncaughtException', (error) => {
    log.writeNow({ level: FATAL, msg: error, timestamp: Date.now() });
    const parameters = { message: messageOf(error), path: log.path };
    console.error(translate(language, 'app.error.uncaught', parameters));
    exit(1);
  });
  process.on('unhandledRejection', (error) => {
    if (!isNoRoom(error)) throw error;
    // Node-RED writes some files without waiting for them (who is signed in, context). Receiving must not end for that.
    const msg = translate(language, 'app.error.file_not_written', { message: messageOf(error) });
    log.write({ level: ERROR, msg, timestamp: Date.now() });
  });
}

function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_ROOM.has(String(error.code));
}
