import { unitSymbol } from '../../observation/labels.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { Json } from './model.ts';

const OBSERVATION_TYPES = {
  number: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
  boolean: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation',
  string: 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation',
} as const;

/** IRI of the kind of observation (OGC 18-088, table 12). */
export function observationType(quantity: QuantityId): string {
  return OBSERVATION_TYPES[QUANTITIES[quantity].valueType];
}

/** IRI of the CF standard name; undefined where the quantity has none. */
export function propertyDefinition(quantity: QuantityId): string | undefined {
  const { cf } = QUANTITIES[quantity];
  return cf === undefined ? undefined : `http://vocab.nerc.ac.uk/standard_name/${cf}/`;
}

/** Unit under its UCUM code, with the IRI of that; all null for what has no unit, as OGC 18-088 (section 8.2.4) has it. */
export function unitOfMeasurement(quantity: QuantityId): Json {
  const { unit, valueType } = QUANTITIES[quantity];
  if (valueType !== 'number') return { name: null, symbol: null, definition: null };
  return {
    name: unit,
    symbol: unitSymbol(unit),
    definition: `https://w3id.org/uom/${encodeURIComponent(unit)}`,
  };
}
