import type { DeviceReference } from '../observation/observation.ts';
import { ALARM, tagsOf } from '../timeseries/points.ts';
import type { Point } from '../timeseries/store.ts';

/** What is wrong with a device. */
export const CAUSES = ['silent', 'late', 'battery'] as const;
export type DeviceCause = (typeof CAUSES)[number];

/** Something began or ended to be wrong with a device; travels as `msg.payload`, in the shape of an alarm. */
export interface DeviceEvent {
  /** Device id and name. */
  device: string;
  name: string;
  area: DeviceReference['area'];
  site?: string;
  sandbox?: true;
  /** Name of the alarm for staff. */
  alarm: string;
  cause: DeviceCause;
  state: 'raised' | 'cleared';
  severity: 'information' | 'warning';
  /** silent: hours without a message; late: hours that it was under way; battery: days left, or percent if unknown. */
  value: number;
  /** ISO 8601 UTC. */
  time: string;
  /** For people, in the configured language. */
  sentence: string;
}

/** The event as a point of measurement `alarm`: tags device, site, alarm; fields state, severity, sentence, value, cause. */
export function pointOfEvent(event: DeviceEvent): Point {
  const { alarm, cause, state, severity, sentence, value, time } = event;
  return {
    measurement: ALARM,
    tags: { ...tagsOf({ device: { ...event, id: event.device } }), alarm },
    fields: { state, severity, sentence, value, cause },
    time: Date.parse(time),
  };
}
