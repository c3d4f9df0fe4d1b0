import { type Language, translate } from '../observation/messages.ts';
import type { Codec } from './codec.ts';

/**
 * A sentence that says which codec reads payloads and in which form it is written, as Byflyt recognised it.
 * Rejects with CodecError if the codec cannot be loaded.
 */
export async function describeCodec(codec: Codec, language: Language): Promise<string> {
  const { dialect = 'unknown' } = await codec.describe();
  const parameters = { codec: codec.id, dialect: translate(language, `codec.dialect.${dialect}`) };
  return translate(language, 'codec.readBy', parameters);
}
