/** `npm start`: checks the Node.js version before anything is loaded that an old one cannot read. */
import { env, exit, versions } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { describeError } from '../nodes/observation/messages.ts';
import { checkRuntime } from './runtime-version.ts';
import { environmentLanguage } from './settings.ts';

// This thread's heap is set up already (see "start" in package.json); other threads make do with less for what is young.
setFlagsFromString('--max-semi-space-size=4');

try {
  checkRuntime(versions.node);
  const { run } = await import('./run.ts');
  await run();
} catch (error) {
  console.error(describeError(error, environmentLanguage(env)));
  exit(1);
}
