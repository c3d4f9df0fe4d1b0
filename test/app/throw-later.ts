/** A process that meets an error nobody catches; its argument is the folder of its log. */
import { argv } from 'node:process';
import { endOnUncaught } from '../../app/last-words.ts';
import { LogFile } from '../../app/log-file.ts';

const log = new LogFile(argv[2] ?? '');
endOnUncaught(log, 'en-US');
log.write({ level: 40, msg: 'a line before', timestamp: Date.now() });
setImmediate(() => {
  throw new TypeError('nobody expected this');
});
