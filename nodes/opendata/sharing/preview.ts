import { ConfigurationError } from '../../observation/errors.ts';
import { describeError, languageFor, translate } from '../../observation/messages.ts';
import type { Entry, Site } from '../site.ts';

/** What would be told elsewhere of a dataset. */
export interface Told {
  text: string;
  /** Nothing of it is sent: simulated sensors measured it. */
  isMadeUp: boolean;
}

/** For a form: what `make` says of a published dataset now, or in one sentence why there is nothing. */
export async function previewOf<T extends Told>(
  asked: { site: Site | undefined; dataset: unknown; lang: unknown },
  make: (entry: Entry) => Promise<T>,
): Promise<(Omit<T, 'isMadeUp'> & { note?: string }) | { problem: string }> {
  const language = languageFor(String(asked.lang ?? ''));
  try {
    const entry = asked.site?.get(String(asked.dataset ?? ''));
    if (!entry) throw new ConfigurationError({ key: 'opendata.sharing.not_published' });
    const { isMadeUp, ...told } = await make(entry);
    return { ...told, ...(isMadeUp && { note: translate(language, 'opendata.sharing.sandbox') }) };
  } catch (error) {
    return { problem: describeError(error, language) };
  }
}
