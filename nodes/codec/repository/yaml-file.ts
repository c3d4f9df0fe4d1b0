import { CodecError } from '../../observation/errors.ts';
import { parseInThread } from './yaml-thread.ts';

export type YamlObject = Readonly<Record<string, unknown>>;

/** The object of a YAML file. Rejects with CodecError that names the file and says what is wrong, in the parser's words. */
export async function parseYaml(file: string, text: string): Promise<YamlObject> {
  const outcome = await parseInThread(text);
  if ('ended' in outcome) throw new CodecError({ key: 'codec.repository.endlessYaml', parameters: { file } });
  if ('message' in outcome) {
    const { message, line } = outcome;
    throw new CodecError({ key: 'codec.repository.badYaml', parameters: { file, message, line } });
  }
  const object = yamlObject(outcome.content);
  if (object) return object;
  throw new CodecError({ key: 'codec.repository.notAnObject', parameters: { file } });
}

export function yamlObject(value: unknown): YamlObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as YamlObject)
    : undefined;
}

export function yamlList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text, also where an author forgot the quotation marks around a number (`version: 1.0`). */
export function yamlText(value: unknown): string | undefined {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  return typeof value === 'number' ? String(value) : undefined;
}
