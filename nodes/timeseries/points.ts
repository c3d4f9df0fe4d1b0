import type { Link, Observation, Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { parseTime } from '../observation/time.ts';
import { flagFieldOf } from './quality-fields.ts';
import type { Point } from './store.ts';

/** Battery and radio of all devices; never published. */
export const DEVICE_HEALTH = 'device_health';
/** One point per unusual value, with the sentence that says why. */
export const ANOMALY = 'anomaly';
/** Once an hour, per quantity that a detector watches: the reading, and what was normal then. */
export const NORMAL_BAND = 'normal_band';
/** One point per alarm raised or cleared. */
export const ALARM = 'alarm';

type Fields = Record<string, Value>;

/** Quantities that tell of the device. */
const HEALTH: ReadonlySet<string> = new Set(
  Object.entries(QUANTITIES).flatMap(([id, { health }]) => (health ? [id] : [])),
);

/**
 * The points of an Observation, at its phenomenon time: what it says of the town in measurement `<area>`, of the device
 * and its radio in `device_health`, and of unusual values in `anomaly`. Units are the quantities' canonical ones;
 * `<quantity>_qc` is the QARTOD flag.
 */
export function pointsOf(observation: Observation): Point[] {
  const time = parseTime(observation.phenomenonTime);
  const tags = tagsOf(observation);
  const { readings, health } = fieldsOf(observation);
  if (observation.link) addLink(health, observation.link);
  const points: Point[] = [];
  addPoint(points, { measurement: observation.device.area, tags, fields: readings, time });
  addPoint(points, {
    measurement: DEVICE_HEALTH,
    tags: healthTagsOf(observation, tags),
    fields: health,
    time,
  });
  addAnomalies(points, observation, tags, time);
  return points;
}

/** Tags that every series of a device carries. */
export function tagsOf({ device }: Pick<Observation, 'device'>): Record<string, string> {
  return device.site ? { device: device.id, site: device.site } : { device: device.id };
}

/** With the network, where it is not the one that all devices were on before there was another: their series go on. */
function healthTagsOf({ link }: Observation, tags: Record<string, string>): Record<string, string> {
  return link?.network === 'nbiot' ? { ...tags, network: link.network } : tags;
}

function fieldsOf({ values, quality }: Observation): { readings: Fields; health: Fields } {
  const [readings, health]: [Fields, Fields] = [{}, {}];
  for (const name in values) {
    const value = values[name as QuantityId];
    if (value === undefined || Number.isNaN(value)) continue;
    (HEALTH.has(name) ? health : readings)[name] = value;
  }
  // A missing value has a flag too.
  for (const name in quality) {
    const flag = quality[name as QuantityId]?.flag;
    if (flag !== undefined) (HEALTH.has(name) ? health : readings)[flagFieldOf(name)] = flag;
  }
  return { readings, health };
}

const LINK_FIELDS: readonly [name: keyof Link, field: string][] = [
  ['rssi', 'rssi'],
  ['snr', 'snr'],
  ['spreadingFactor', 'spreading_factor'],
  ['gateways', 'gateways'],
  ['fCnt', 'frame_counter'],
  ['clockOffset', 'clock_offset'],
];

/** rssi in dBm, snr in dB, clock_offset in s. */
function addLink(fields: Fields, link: Link): void {
  for (const [name, field] of LINK_FIELDS) {
    const value = link[name];
    if (value !== undefined) fields[field] = value;
  }
}

/** The detector gives a sentence to what is above its threshold, and only to that; a band is kept once an hour. */
function addAnomalies(
  points: Point[],
  { values, anomalies }: Observation,
  tags: Record<string, string>,
  time: number,
): void {
  for (const quantity of Object.keys(anomalies ?? {}) as QuantityId[]) {
    const anomaly = anomalies?.[quantity];
    const value = values[quantity];
    if (!anomaly || typeof value !== 'number' || !(anomaly.sentence || anomaly.hourly)) continue;
    const { score, expected, band, sentence, hourly } = anomaly;
    const fields = { value, expected, lower: band[0], upper: band[1] };
    const where = { tags: { ...tags, quantity }, time };
    if (sentence)
      addPoint(points, { measurement: ANOMALY, fields: { ...fields, score, sentence }, ...where });
    if (hourly) addPoint(points, { measurement: NORMAL_BAND, fields, ...where });
  }
}

function addPoint(points: Point[], point: Point): void {
  if (Object.keys(point.fields).length > 0) points.push(point);
}
