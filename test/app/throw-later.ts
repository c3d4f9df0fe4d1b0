/**
 * A process that meets an error nobody catches; its arguments are the folder of its log, and `disk` for an error of a
 * full disk.
 */
import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { endOnUncaught } from '../../app/last-words.ts';
import { LogFile } from '../../app/log-file.ts';

const log = new LogFile(argv[2] ?? '');
endOnUncaught(log, 'en-US');
log.write({ level: 40, msg: 'a line before', timestamp: Date.now() });
setImmediate(() => {
  if (argv[3] === 'disk') return void writeFile('/dev/full', 'something');
  throw new TypeError('nobody expected this');
});
