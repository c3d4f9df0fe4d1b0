import { resolve } from 'node:path';
import { argv, env, exit, stderr, stdout, versions } from 'node:process';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import { describeError, type Language, translate } from '../nodes/observation/messages.ts';
import type { Call, Command } from './command.ts';
import { checkRuntime } from './runtime-version.ts';
import { environmentLanguage } from './settings.ts';

/** Loaded when asked for: `byflyt score` does not wait for a database driver. */
const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  decode: () => import('./commands/decode.ts'),
  'codec run': () => import('./commands/codec-run.ts'),
  score: () => import('./commands/score.ts'),
  check: () => import('./commands/check.ts'),
  'devices import': () => import('./commands/devices-import.ts'),
  'devices export': () => import('./commands/devices-export.ts'),
  'devices list': () => import('./commands/devices-list.ts'),
  export: () => import('./commands/export.ts'),
  migrate: () => import('./commands/migrate.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
  account: () => import('./commands/account.ts'),
  'user reset': () => import('./commands/user-reset.ts'),
};

const language = environmentLanguage(env);
// A reader that went away (`byflyt decode | head`) is no news to anybody.
stdout.on('error', () => exit(1));
try {
  process.exitCode = (await main(argv.slice(2), language)) ? 0 : 1;
} catch (error) {
  stderr.write(`${describeError(error, language)}\n`);
  process.exitCode = 1;
}

async function main(words: readonly string[], language: Language): Promise<boolean> {
  const name = nameIn(words);
  if (name === undefined) return overview(words, language);
  const rest = words.slice(name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) return say(help(name, language));
  const load = COMMANDS[name];
  if (load === undefined) return false;
  checkRuntime(versions.node);
  const { command } = await loaded(name, load);
  return command.run(readCall(name, command, rest, language));
}

/** The published package of nodes lacks what a whole Byflyt has (sign-in), and with it commands that need that. */
async function loaded(
  command: string,
  load: () => Promise<{ command: Command }>,
): Promise<{ command: Command }> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const problem = { key: 'app.error.command_elsewhere', parameters: { command } };
    throw new ConfigurationError(problem, { cause: error });
  }
}

/** The command at the front of the words: of one or of two. */
function nameIn(words: readonly string[]): string | undefined {
  return [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => Object.hasOwn(COMMANDS, name));
}

/** Without a command: help if asked for, else help as an error. */
function overview(words: readonly string[], language: Language): boolean {
  const [first] = words;
  if (first === '--help' || first === '-h' || first === 'help') {
    const asked = first === 'help' ? nameIn(words.slice(1)) : undefined;
    return say(asked === undefined ? translate(language, 'app.help.main') : help(asked, language));
  }
  if (first !== undefined) {
    const command = words.slice(0, 2).join(' ');
    throw new ConfigurationError({ key: 'app.error.command_unknown', parameters: { command } });
  }
  stderr.write(`${translate(language, 'app.help.main')}\n`);
  return false;
}

function help(name: string, language: Language): string {
  return translate(language, `app.help.${name.replace(' ', '_')}`);
}

function say(text: string): true {
  stdout.write(`${text}\n`);
  return true;
}

function readCall(name: string, command: Command, words: readonly string[], language: Language): Call {
  const { values, positionals } = parse(name, command, words);
  const missing = command.required[positionals.length];
  if (missing !== undefined) {
    const parameters = { command: name, argument: missing };
    throw new ConfigurationError({ key: 'app.error.argument_missing', parameters });
  }
  const surplus = positionals[command.required.length + (command.optional ?? 0)];
  if (surplus !== undefined) throw optionUnknown(name, surplus);
  const data = values.data;
  return {
    language,
    values: positionals,
    option: (option) => (typeof values[option] === 'string' ? values[option] : undefined),
    flag: (flag) => values[flag] === true,
    environment: typeof data === 'string' ? { ...env, BYFLYT_DATA: resolve(data) } : env,
  };
}

type Parsed = { values: Record<string, string | boolean | undefined>; positionals: string[] };

function parse(name: string, { options }: Command, words: readonly string[]): Parsed {
  const definition = Object.fromEntries([
    ...options.values.map((option) => [option, { type: 'string' as const }]),
    ...options.flags.map((option) => [option, { type: 'boolean' as const }]),
  ]);
  try {
    return parseArgs({ args: [...words], options: definition, allowPositionals: true }) as Parsed;
  } catch (error) {
    const [, option = ''] = /'(-[^' ]*)/.exec(String(error)) ?? [];
    throw optionUnknown(name, option, error);
  }
}

function optionUnknown(command: string, option: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    { key: 'app.error.option_unknown', parameters: { command, option } },
    { cause },
  );
}
