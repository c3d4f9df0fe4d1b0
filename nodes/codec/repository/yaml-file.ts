import { CodecError, messageOf } from '../../observation/errors.ts';

export type YamlObject = Readonly<Record<string, unknown>>;

/** More references to one part than any repository file has: a file that would grow without end is refused. */
const ALIASES_AT_MOST = 100;

/** The object of a YAML file. Rejects with CodecError that names the file and says what is wrong, in the parser's words. */
export async function parseYaml(file: string, text: string): Promise<YamlObject> {
  // Loading it takes as long as many a start of a node, and most municipalities never need it.
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: ALIASES_AT_MOST, uniqueKeys: false, logLevel: 'error' });
  } catch (cause) {
    // The parser's first line says what and where; a drawing of the place follows.
    const message = messageOf(cause).split('\n')[0]?.replace(/:$/, '') ?? '';
    throw new CodecError({ key: 'codec.repository.badYaml', parameters: { file, message } }, { cause });
  }
  const object = yamlObject(content);
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
