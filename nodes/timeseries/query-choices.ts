import { AREAS } from '../observation/areas.ts';
import { quantityLabel } from '../observation/labels.ts';
import { LANGUAGES, type Language, translate } from '../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { DEVICE_HEALTH } from './points.ts';

interface Choice {
  id: string;
  labels: Record<Language, string>;
}

/** What the query form offers. */
export interface QueryChoices {
  areas: Choice[];
  quantities: (Choice & { health: boolean })[];
}

/** Areas and quantities with their labels; `health` marks what is kept in `device_health`. */
export function queryChoices(): QueryChoices {
  const quantities = (Object.keys(QUANTITIES) as QuantityId[]).map((id) => ({
    id,
    labels: labelled((language) => quantityLabel(id, language)),
    health: QUANTITIES[id].health === true,
  }));
  const areas = AREAS.map((id) => ({
    id,
    labels: labelled((language) => translate(language, `observation.area.${id}`)),
  }));
  const health = {
    id: DEVICE_HEALTH,
    labels: labelled((language) => translate(language, 'timeseries.query.device_health')),
  };
  return { areas: [...areas, health], quantities };
}

function labelled(label: (language: Language) => string): Record<Language, string> {
  return Object.fromEntries(LANGUAGES.map((language) => [language, label(language)])) as Record<
    Language,
    string
  >;
}
