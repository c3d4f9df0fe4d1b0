/** How several values of a quantity become one. */
export type Aggregation = 'mean' | 'min' | 'max' | 'sum' | 'last';

/** gauge: any value any time; counter: only grows, resets to zero; state: one of few values, boolean or text. */
export type QuantityKind = 'gauge' | 'counter' | 'state';

export interface Quantity {
  /** UCUM code of the canonical unit; '1' for a number without unit. */
  unit: string;
  valueType: 'number' | 'boolean' | 'string';
  kind: QuantityKind;
  aggregation: Aggregation;
  /** Plausible range in the canonical unit (QARTOD gross range); absent for booleans and text. */
  range?: readonly [number, number];
  labels: { en: string; nb: string };
}

export const QUANTITIES = {
  air_temperature: {
    unit: 'Cel',
    valueType: 'number',
    kind: 'gauge',
    aggregation: 'mean',
    range: [-60, 60],
    labels: { en: 'Air temperature', nb: 'Lufttemperatur' },
  },
} as const satisfies Record<string, Quantity>;

export type QuantityId = keyof typeof QUANTITIES;
