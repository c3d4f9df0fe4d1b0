import { join } from 'node:path';
import { readJson } from '../../devices/atomic-file.ts';
import { CODEC_FUNCTIONS } from '../sandbox-protocol.ts';
import type { CodecExample } from './codec-examples.ts';

/** The file in a data folder with the examples of a codec; people may write one for a codec of their own. */
export function examplesFile(folder: string, codec: string): string {
  return join(folder, 'codecs', `${codec}.examples.json`);
}

/**
 * The examples that are kept beside a codec of the data folder, without those that are none; nothing if there is no
 * file. Throws ConfigurationError if it is no JSON.
 */
export function keptExamples(folder: string, codec: string): CodecExample[] {
  const content = readJson(examplesFile(folder, codec));
  return Array.isArray(content) ? content.filter(isExample) : [];
}

function isExample(value: unknown): value is CodecExample {
  if (typeof value !== 'object' || value === null) return false;
  const { direction, description = '', bytesHex = '', output } = value as Partial<CodecExample>;
  return (
    CODEC_FUNCTIONS.some((name) => name === direction) &&
    [description, bytesHex].every((text) => typeof text === 'string') &&
    output !== undefined
  );
}
