/** Waste bins with an EM310-UDL in the lid, as their uplinks reach a network server. */
import { encodeEm310Udl } from '../../nodes/simulator/payloads.ts';
import type { Publication } from '../support/mqtt.ts';
import { thingsStackUplink } from './uplinks.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** m, sensor to the waste. */
const EMPTY = 1.5;
const FULL = 0.3;

export interface Bin {
  id: string;
  site: string;
  devEui: string;
  /** Percent full so many days before the newest reading. */
  level(daysAgo: number): number;
  /** Percent left; default 80. */
  battery?(daysAgo: number): number;
  /** mm, in place of what the level gives, by the number of uplinks after it. */
  odd?: Readonly<Record<number, number>>;
}

/** An uplink as it is published, with the time at which its gateway heard it. */
export interface TimedUplink {
  /** ms since 1970 UTC. */
  time: number;
  publication: Publication;
}

/** Rows of a device list for these bins, below the header `id;name;area;site;devEui;model;emptyDistance;fullDistance`. */
export function binRows(bins: readonly Bin[]): string[] {
  return bins.map(({ id, site, devEui }) =>
    [id, id, 'waste', site, devEui, 'milesight-em310-udl', EMPTY, FULL].join(';'),
  );
}

/** Hourly uplinks of a bin over some days, the newest a minute ago. */
export function binUplinks(bin: Bin, days: number, now: number): TimedUplink[] {
  return Array.from({ length: days * 24 }, (_, fCnt) => {
    const after = days * 24 - 1 - fCnt;
    const daysAgo = (after * HOUR) / DAY;
    const time = now - 60_000 - after * HOUR;
    const { fPort, bytes } = encodeEm310Udl({
      distance: bin.odd?.[after] ?? distance(bin.level(daysAgo)),
      battery: bin.battery?.(daysAgo) ?? 80,
      tilted: false,
    });
    const { id: deviceId, devEui } = bin;
    const iso = new Date(time).toISOString();
    return {
      time,
      publication: thingsStackUplink({ deviceId, devEui, fPort, payload: bytes, time: iso, fCnt }),
    };
  });
}

function distance(level: number): number {
  return Math.round(1000 * (EMPTY - (level / 100) * (EMPTY - FULL)));
}

/** The publications of several devices in the order in which they were sent. */
export function inOrder(uplinks: readonly TimedUplink[]): Publication[] {
  return uplinks.toSorted((a, b) => a.time - b.time).map(({ publication }) => publication);
}
