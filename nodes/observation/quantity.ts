/** How several values of a quantity become one. */
export type Aggregation = 'mean' | 'min' | 'max' | 'sum' | 'last';

/** gauge: any value any time; counter: only grows, resets to zero; state: one of few values, boolean or text. */
export type QuantityKind = 'gauge' | 'counter' | 'state';

/** What the quantity is called for people. */
export interface Labels {
  en: string;
  nb: string;
  nn: string;
  sv: string;
  da: string;
  fi: string;
}

export interface Quantity {
  /** UCUM code of the canonical unit; '1' for a number without unit. */
  unit: string;
  valueType: 'number' | 'boolean' | 'string';
  kind: QuantityKind;
  aggregation: Aggregation;
  /** Plausible range in the canonical unit (QARTOD gross range); absent for booleans and text. */
  range?: readonly [number, number];
  labels: Labels;
  /** Tells about the device, not about the town: kept in measurement `device_health` only, never published. */
  health?: true;
  /** CF standard name, where one exists: identifies the ObservedProperty in SensorThings. */
  cf?: string;
  /** Attribute name in Smart Data Models, where one exists. */
  smartData?: string;
}

type Extras = Partial<Omit<Quantity, 'unit' | 'range' | 'labels'>>;

/** A measured number that is averaged over time. */
export function gauge(
  unit: string,
  range: readonly [number, number],
  labels: Labels,
  extras: Extras = {},
): Quantity {
  return { unit, valueType: 'number', kind: 'gauge', aggregation: 'mean', range, labels, ...extras };
}

/** A number of events since the previous uplink; periods add up. */
export function events(labels: Labels, extras: Extras = {}): Quantity {
  return gauge('1', [0, 65_535], labels, { aggregation: 'sum', ...extras });
}

/** A meter reading that only grows. The upper limit is that of a 32-bit register. */
export function counter(unit: string, labels: Labels, extras: Extras = {}): Quantity {
  return gauge(unit, [0, 4_294_967_295], labels, { kind: 'counter', aggregation: 'last', ...extras });
}

/** Yes or no, named so that `true` is the thing in the name. */
export function state(labels: Labels, extras: Extras = {}): Quantity {
  return { unit: '1', valueType: 'boolean', kind: 'state', aggregation: 'last', labels, ...extras };
}
