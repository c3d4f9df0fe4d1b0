import { areaChoices } from '../observation/area-choices.ts';
import { inEachLanguage, quantityLabel } from '../observation/labels.ts';
import { type Language, translate } from '../observation/messages.ts';
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
    labels: inEachLanguage((language) => quantityLabel(id, language)),
    health: QUANTITIES[id].health === true,
  }));
  const health = {
    id: DEVICE_HEALTH,
    labels: inEachLanguage((language) => translate(language, 'timeseries.query.device_health')),
  };
  return { areas: [...areaChoices(), health], quantities };
}
