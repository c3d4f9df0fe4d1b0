import { join } from 'node:path';
import { readJson } from '../../devices/atomic-file.ts';
import type { CodecExample } from './codec-examples.ts';

/** The file in a data folder with the examples of a codec; people may write one for a codec of their own. */
export function examplesFile(folder: string, codec: string): string {
  return join(folder, 'codecs', `${codec}.examples.json`);
}

/** The examples that are kept beside a codec of the data folder; none if there is no file. Throws ConfigurationError. */
export function keptExamples(folder: string, codec: string): CodecExample[] {
  const content = readJson(examplesFile(folder, codec));
  return Array.isArray(content) ? (content as CodecExample[]) : [];
}
