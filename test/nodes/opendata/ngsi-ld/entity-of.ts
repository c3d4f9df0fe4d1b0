import type { Entity } from '../../../../nodes/opendata/ngsi-ld/entity.ts';

/** A place of the dataset `air` with one value. */
export function entity(name: string, temperature: number): Entity {
  return {
    id: `urn:ngsi-ld:AirQualityObserved:air:${name}`,
    type: 'AirQualityObserved',
    temperature: {
      type: 'Property',
      value: temperature,
      unitCode: 'CEL',
      observedAt: '2026-01-06T08:00:00Z',
    },
    '@context': ['https://example.org/c', 'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld'],
  };
}
