import { present } from '../lorawan/json-fields.ts';
import type { DeviceReference, Link, Observation } from '../observation/observation.ts';
import { choosePhenomenonTime, milliseconds } from '../observation/time.ts';
import type { Sample } from './samples.ts';

/** Everything about a message that is the same for all its samples. */
export interface MessageFacts {
  device: DeviceReference;
  raw: Observation['raw'];
  /** ISO 8601 UTC: arrival here. */
  receivedTime: string;
  /** ISO 8601 UTC: arrival at the operator's platform. */
  network?: string;
  /** How far the device's clock is ahead, seconds; told by the newest Observation. */
  clockOffset?: number;
}

type When = Pick<Observation, 'phenomenonTime' | 'timeSource'>;

/** Devices that were without a network deliver later, the same as observation/time.ts allows a clock. */
const OLDEST_MS = 60 * 86_400_000;

/**
 * One Observation per sample, oldest first, each with its own time. `leftOut`: how many could not be placed.
 *
 * A sample's own clock counts where it is plausible by the rule of observation/time.ts: not before 2015 (1970 and 2000
 * are clocks that were never set), not more than five minutes ahead of the platform's clock or of arrival, not more than
 * 60 days behind it. A device without a clock says how old its samples are, counted from the platform's clock or from
 * arrival. Where none of a message's times is plausible, their differences still are: the newest sample was made when
 * the message came, the others as much earlier as that clock says. Beside plausible times, one that is not says
 * nothing, and its sample is left out: at its arrival it would pass for one of now.
 */
export function observationsOf(
  samples: readonly Sample[],
  facts: MessageFacts,
): { observations: Observation[]; leftOut: number } {
  const times = timesOf(samples, facts);
  const observations = samples.flatMap((sample, index) => {
    const when = times[index];
    return when ? [observationOf(sample, when, facts)] : [];
  });
  observations.sort((one, other) => (one.phenomenonTime < other.phenomenonTime ? -1 : 1));
  const newest = observations.at(-1);
  for (const one of observations) if (one !== newest) one.stored = true;
  if (newest?.link && facts.clockOffset !== undefined) newest.link.clockOffset = facts.clockOffset;
  return { observations, leftOut: samples.length - observations.length };
}

function timesOf(
  samples: readonly Sample[],
  { network, receivedTime: received }: MessageFacts,
): (When | undefined)[] {
  const arrival = choosePhenomenonTime({ network, received });
  const sent = Date.parse(arrival.phenomenonTime);
  const own = samples.map(({ time }) => choosePhenomenonTime({ device: time, network, received }));
  const isOwn = own.map(({ timeSource }) => timeSource === 'device');
  const clocks = samples.map(({ time }) => (time === undefined ? undefined : milliseconds(time)));
  const newest = Math.max(...clocks.filter((clock) => clock !== undefined));
  const before = (age: number): When | undefined =>
    age >= 0 && age <= OLDEST_MS
      ? { phenomenonTime: new Date(sent - age).toISOString(), timeSource: 'arrival' }
      : undefined;
  return samples.map(({ age }, index) => {
    const clock = clocks[index];
    if (isOwn[index]) return own[index];
    if (age !== undefined) return before(age * 1000);
    if (clock === undefined) return arrival;
    return isOwn.includes(true) ? undefined : before(newest - clock);
  });
}

function observationOf(
  { values, decoded, rssi }: Sample,
  when: When,
  { device, raw, receivedTime }: MessageFacts,
): Observation {
  return present<Observation>({
    device,
    ...when,
    receivedTime,
    values,
    link: present<Link>({ network: 'nbiot', rssi }),
    decoded,
    raw,
  });
}
