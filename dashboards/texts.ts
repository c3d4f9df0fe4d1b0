import type { Language } from '../nodes/observation/messages.ts';
import enUS from './locales/en-US/messages.json' with { type: 'json' };
import nb from './locales/nb/messages.json' with { type: 'json' };

/** All words on the dashboards; a key that a language lacks does not compile. */
export type Texts = typeof enUS;

/** Title and explanation of one panel. */
export interface PanelText {
  title: string;
  description: string;
}

export const TEXTS: Record<Language, Texts> = { 'en-US': enUS, nb };
