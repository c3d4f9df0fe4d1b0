import { readFileSync } from 'node:fs';
import { stderr } from 'node:process';
import { rowSentence } from '../../nodes/devices/admin.ts';
import { importCsv } from '../../nodes/devices/csv-import.ts';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import type { Command } from '../command.ts';
import { preparedRegistry } from '../data-registry.ts';
import { print } from '../lines.ts';

/** Stands for the standard input in the place of a file. */
const STANDARD_INPUT = '-';

/** `byflyt devices import`: a CSV file into the registry; all rows or none, unless asked otherwise. */
export const command: Command = {
  options: { values: ['data'], flags: ['skip-invalid'] },
  required: ['file'],
  async run({ environment, language, values: [path = ''], flag }) {
    const content = contentOf(path);
    const registry = preparedRegistry(environment);
    const result = importCsv(registry, content, { skipInvalid: flag('skip-invalid') });
    for (const problem of result.problems) stderr.write(`${rowSentence(problem, language)}\n`);
    await print(
      JSON.stringify({ added: result.added, updated: result.updated, wrong: result.problems.length }),
    );
    return result.problems.length === 0;
  },
};

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path === STANDARD_INPUT ? 0 : path);
  } catch (error) {
    throw new ConfigurationError(
      { key: 'app.error.file_unreadable', parameters: { path } },
      { cause: error },
    );
  }
}
