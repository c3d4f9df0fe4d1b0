import { AREAS } from '../../observation/areas.ts';
import type { Observation, Value } from '../../observation/observation.ts';
import { DEVICE_HEALTH, pointsOf, tagsOf } from '../../timeseries/points.ts';
import type { Point, Row } from '../../timeseries/store.ts';
import { compareFields, type Difference } from './compare-fields.ts';
import { type Place, placeKey, type StoredRows } from './stored-rows.ts';

/** All that the payloads give for one time of one device: several may bring parts of it, or the same again. */
export interface Moment {
  device: string;
  area: string;
  sandbox: boolean;
  /** ms since 1970 UTC. */
  time: number;
  /** `id@version` of the codec that read the last of the payloads. */
  codec: string;
  /** As they are registered now. */
  tags: Record<string, string>;
  /** By measurement, as the database calls them. */
  fields: Map<string, Record<string, Value>>;
}

/** A moment that is otherwise in the database. */
export interface ChangedMoment {
  moment: Moment;
  differences: Difference[];
  /** What makes the database right. */
  points: Point[];
}

/** The moments of observations, those of the same time and device together. */
export function momentsOf(observations: readonly Observation[]): Moment[] {
  const moments = new Map<string, Moment>();
  for (const observation of observations) {
    const { device, raw } = observation;
    const time = Date.parse(observation.phenomenonTime);
    const moment = moments.get(`${device.id} ${time}`) ?? newMoment(observation, time);
    moments.set(`${device.id} ${time}`, moment);
    moment.codec = `${raw.codec}@${raw.codecVersion}`;
    // The radio is what it was; what is unusual was told when it happened.
    const { link: _link, anomalies: _anomalies, ...reading } = observation;
    for (const { measurement, fields } of pointsOf(reading)) {
      moment.fields.set(measurement, { ...moment.fields.get(measurement), ...fields });
    }
  }
  return [...moments.values()];
}

function newMoment({ device }: Observation, time: number): Moment {
  return {
    device: device.id,
    area: device.area,
    sandbox: device.sandbox === true,
    time,
    codec: '',
    tags: tagsOf({ device }),
    // Also where the payload gives nothing now: the database may have something.
    fields: new Map([
      [device.area, {}],
      [DEVICE_HEALTH, {}],
    ]),
  };
}

/** Those of the moments that are otherwise in the database; see `compareFields`. Throws what the store throws. */
export async function changedMoments(
  moments: readonly Moment[],
  rows: StoredRows,
  marksGone: boolean,
): Promise<ChangedMoment[]> {
  const stored = await rows.read(moments.flatMap(placesOf));
  const elsewhere = await inOtherAreas(moments.filter(isMissing), rows);
  return moments.flatMap((moment) => {
    const changed = compareMoment(moment, stored, elsewhere.get(moment), marksGone);
    return changed.differences.length > 0 ? [changed] : [];
  });

  function isMissing({ device, area, time }: Moment): boolean {
    return !stored.has(placeKey({ measurement: area, device, time }));
  }
}

function placesOf({ device, time, fields }: Moment): Place[] {
  return [...fields.keys()].map((measurement) => ({ measurement, device, time }));
}

/** Where the readings are of a device that was moved to another area since: there they stay. */
async function inOtherAreas(
  moments: readonly Moment[],
  rows: StoredRows,
): Promise<Map<Moment, { measurement: string; row: Row }>> {
  const found = new Map<Moment, { measurement: string; row: Row }>();
  if (moments.length === 0) return found;
  const known = new Set(await rows.measurements());
  for (const measurement of AREAS.filter((area) => known.has(area))) {
    const others = moments.filter((moment) => moment.area !== measurement && !found.has(moment));
    const stored = await rows.read(others.map(({ device, time }) => ({ measurement, device, time })));
    for (const moment of others) {
      const row = stored.get(placeKey({ measurement, device: moment.device, time: moment.time }));
      if (row) found.set(moment, { measurement, row });
    }
  }
  return found;
}

function compareMoment(
  moment: Moment,
  stored: ReadonlyMap<string, Row>,
  elsewhere: { measurement: string; row: Row } | undefined,
  marksGone: boolean,
): ChangedMoment {
  const { device, time, area } = moment;
  const changed: ChangedMoment = { moment, differences: [], points: [] };
  for (const [name, given] of moment.fields) {
    const own = stored.get(placeKey({ measurement: name, device, time }));
    const { measurement, row } = name === area && elsewhere ? elsewhere : { measurement: name, row: own };
    const { differences, fields } = compareFields(given, row?.values ?? {}, marksGone);
    changed.differences.push(...differences);
    if (Object.keys(fields).length > 0) {
      // The tags that the row has: with the place of today it would be another point.
      changed.points.push({ measurement, tags: row?.tags ?? moment.tags, fields, time });
    }
  }
  return changed;
}
