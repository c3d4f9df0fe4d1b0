import type { Language } from '../nodes/observation/messages.ts';
import type { Environment } from './settings.ts';

/** A command of `byflyt`. Its help is the text `app.help.<name>` (a space in the name becomes `_`). */
export interface Command {
  /** Names of options that take a value, and of those that do not. */
  options: { values: readonly string[]; flags: readonly string[] };
  /** Names of the positional arguments that must be there. */
  required: readonly string[];
  /** More positional arguments than `required` that may be there. */
  optional?: number;
  /**
   * Does the work. Resolves with true only if all of it went well; what did not is already on the error output.
   * A thrown error ends the command.
   */
  run(call: Call): Promise<boolean>;
}

/** How a command was called. */
export interface Call {
  language: Language;
  /** Positional arguments. */
  values: readonly string[];
  option(name: string): string | undefined;
  flag(name: string): boolean;
  /** Environment variables, with `--data` in the place of BYFLYT_DATA. */
  environment: Environment;
}
