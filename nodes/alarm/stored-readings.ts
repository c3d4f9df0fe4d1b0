/** The detector tells of an episode once. What it said of a reading from a device's memory may hold for the newest one, too. */
import type { Anomaly, Observation } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';

/** What waits for the newest reading: said of this one, or of an earlier one of the same message. */
export function pendingOf(
  { stored, anomalies }: Observation,
  quantity: QuantityId,
  before: Anomaly | undefined,
): Anomaly | undefined {
  if (!stored) return undefined;
  const anomaly = anomalies?.[quantity];
  return anomaly?.sentence ? anomaly : before;
}

/** The reading with what was said of its episode before, if it is still in it. */
export function withPending(
  observation: Observation,
  quantity: QuantityId,
  pending: Anomaly | undefined,
): Observation {
  const anomaly = observation.anomalies?.[quantity];
  const value = observation.values[quantity];
  if (!pending || !anomaly || anomaly.sentence !== '' || typeof value !== 'number') return observation;
  const [lower, upper] = anomaly.band;
  if (value >= lower && value <= upper) return observation;
  const { sentence, severity, cause } = pending;
  const told = { ...anomaly, sentence, ...(severity && { severity }), ...(cause && { cause }) };
  return { ...observation, anomalies: { ...observation.anomalies, [quantity]: told } };
}
