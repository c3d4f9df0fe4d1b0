import { AREAS } from './areas.ts';
import { inEachLanguage } from './labels.ts';
import { type Language, translate } from './messages.ts';

/** An application area as editor forms offer it. */
export interface AreaChoice {
  id: (typeof AREAS)[number];
  labels: Record<Language, string>;
}

/** All areas, for a select box; the wrapper hands them to its form through its node settings. */
export function areaChoices(): AreaChoice[] {
  return AREAS.map((id) => ({
    id,
    labels: inEachLanguage((language) => translate(language, `observation.area.${id}`)),
  }));
}
