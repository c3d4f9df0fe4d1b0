import { exit } from 'node:process';
import { messageOf } from '../nodes/observation/errors.ts';
import { type Language, translate } from '../nodes/observation/messages.ts';
import { FATAL, type LogFile } from './log-file.ts';

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
}
