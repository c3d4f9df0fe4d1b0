import type { Device } from '../devices/device.ts';
import type { AreaId } from '../observation/areas.ts';
import { chance } from './chance.ts';
import { type Faults, isSpike, readingTime } from './faults.ts';
import type { SandboxNetwork } from './network.ts';
import { type EncodedPayload, encodeEm310Udl, encodeLht65n } from './payloads.ts';
import { cellVoltage, trailReading } from './ski-trail.ts';
import { wasteDistance } from './waste-bin.ts';

const DAY = 86_400_000;

/** A device of the sandbox: what the registry holds of it, how it talks, what goes wrong with it. */
export interface SandboxDevice {
  id: string;
  /** Text of its name for people: `simulator.device.<kind>`, with the site. */
  kind: 'trail' | 'bin';
  area: AreaId;
  site: string;
  location: { lat: number; lon: number };
  devEui: string;
  devAddr: string;
  model: string;
  /** Minutes between uplinks. */
  interval: number;
  network: SandboxNetwork;
  faults: Faults;
  distances?: Required<Pick<Device, 'emptyDistance' | 'fullDistance'>>;
  /** What it sends at a time (ms since 1970 UTC). */
  payload(time: number, seed: number): EncodedPayload;
}

type Trail = Pick<SandboxDevice, 'site' | 'location' | 'devEui' | 'devAddr' | 'network' | 'faults'> & {
  id: string;
  /** Metres above the start. */
  height: number;
};

const TRAILS: readonly Trail[] = [
  {
    id: 'sandbox-ski-start',
    site: 'Start',
    location: { lat: 61.314, lon: 12.261 },
    devEui: '02b7f1fffe000001',
    devAddr: '01b7f101',
    network: 'the-things-stack',
    height: 0,
    faults: { lost: 0.02, spikes: 0.01 },
  },
  {
    id: 'sandbox-ski-toppen',
    site: 'Toppen',
    location: { lat: 61.3262, lon: 12.2214 },
    devEui: '02b7f1fffe000002',
    devAddr: '01b7f102',
    network: 'gateway-bridge',
    height: 310,
    faults: { lost: 0.04, stuck: { everyDays: 9, hours: 14 }, silent: { everyDays: 12, hours: 5 } },
  },
];

type Bin = Pick<SandboxDevice, 'site' | 'location' | 'devEui' | 'devAddr' | 'network' | 'faults'> & {
  id: string;
  emptyDistance: number;
  fullDistance: number;
  perDay: number;
  collection: number;
  collectionDay: number;
  /** Days that the battery lasts. */
  batteryLife: number;
};

const BIN_SIZE = { emptyDistance: 1.45, fullDistance: 0.3 };

const BINS: readonly Bin[] = [
  {
    id: 'sandbox-bin-torget',
    site: 'Torget 3',
    location: { lat: 61.3121, lon: 12.2672 },
    devEui: '02b7f1fffe000011',
    devAddr: '01b7f111',
    network: 'chirpstack',
    faults: { lost: 0.02 },
    ...BIN_SIZE,
    perDay: 0.34,
    collection: 3,
    collectionDay: 0,
    batteryLife: 2600,
  },
  {
    id: 'sandbox-bin-storgata',
    site: 'Storgata 1',
    location: { lat: 61.3126, lon: 12.2661 },
    devEui: '02b7f1fffe000012',
    devAddr: '01b7f112',
    network: 'chirpstack',
    faults: { lost: 0.03, spikes: 0.01 },
    ...BIN_SIZE,
    perDay: 0.27,
    collection: 4,
    collectionDay: 1,
    batteryLife: 2400,
  },
  {
    id: 'sandbox-bin-skolegata',
    site: 'Skolegata 12',
    location: { lat: 61.3109, lon: 12.2645 },
    devEui: '02b7f1fffe000013',
    devAddr: '01b7f113',
    network: 'the-things-stack',
    faults: { lost: 0.02, stuck: { everyDays: 5, hours: 16 } },
    ...BIN_SIZE,
    perDay: 0.13,
    collection: 7,
    collectionDay: 2,
    batteryLife: 2500,
  },
  {
    id: 'sandbox-bin-kirkeveien',
    site: 'Kirkeveien 8',
    location: { lat: 61.3098, lon: 12.2704 },
    devEui: '02b7f1fffe000014',
    devAddr: '01b7f114',
    network: 'the-things-stack',
    faults: { lost: 0.05 },
    emptyDistance: 1.1,
    fullDistance: 0.25,
    perDay: 0.1,
    collection: 7,
    collectionDay: 4,
    batteryLife: 60,
  },
  {
    id: 'sandbox-bin-stasjonsveien',
    site: 'Stasjonsveien 5',
    location: { lat: 61.3083, lon: 12.2588 },
    devEui: '02b7f1fffe000015',
    devAddr: '01b7f115',
    network: 'gateway-bridge',
    faults: { lost: 0.03 },
    ...BIN_SIZE,
    perDay: 0.2,
    collection: 5,
    collectionDay: 3,
    batteryLife: 2700,
  },
  {
    id: 'sandbox-bin-badeplassen',
    site: 'Badeplassen 2',
    location: { lat: 61.3054, lon: 12.2749 },
    devEui: '02b7f1fffe000016',
    devAddr: '01b7f116',
    network: 'chirpstack',
    faults: { lost: 0.08, silent: { everyDays: 10, hours: 9 } },
    emptyDistance: 1.1,
    fullDistance: 0.25,
    perDay: 0.08,
    collection: 14,
    collectionDay: 6,
    batteryLife: 2600,
  },
];

/** All sandbox devices: two places of a ski trail, and six waste bins. */
export const SANDBOX_DEVICES: readonly SandboxDevice[] = [...TRAILS.map(trailSensor), ...BINS.map(binSensor)];

function trailSensor({ height, ...place }: Trail): SandboxDevice {
  return {
    ...place,
    kind: 'trail',
    area: 'ski_trail',
    model: 'ski-trail-lht65n',
    interval: 20,
    payload(time, seed) {
      const reading = trailReading(
        { id: place.id, height },
        readingTime(place.id, place.faults, time, seed),
        seed,
      );
      const now = trailReading({ id: place.id, height }, time, seed);
      const spike = isSpike(place.id, place.faults, time, seed) ? SPIKE_DEGREES : 0;
      return encodeLht65n({
        battery: cellVoltage(place.id, time, now.internalTemperature, TRAIL_BATTERY_DAYS, seed),
        internalTemperature: now.internalTemperature,
        humidity: now.humidity,
        externalTemperature: onSteps(reading.snowTemperature + spike, PROBE_STEP),
      });
    },
  };
}

const TRAIL_BATTERY_DAYS = 1500;
const SPIKE_DEGREES = 38;
/** °C: resolution of the DS18B20 probe. */
const PROBE_STEP = 0.0625;

function binSensor({ perDay, collection, collectionDay, batteryLife, ...bin }: Bin): SandboxDevice {
  const { emptyDistance, fullDistance, ...place } = bin;
  const distances = { emptyDistance, fullDistance };
  const habit = { id: bin.id, perDay, collection, collectionDay, ...distances };
  return {
    ...place,
    kind: 'bin',
    area: 'waste',
    model: 'milesight-em310-udl',
    interval: 60,
    distances,
    payload(time, seed) {
      const spike = isSpike(bin.id, bin.faults, time, seed);
      const distance = wasteDistance(habit, readingTime(bin.id, bin.faults, time, seed), seed);
      return encodeEm310Udl({
        battery: batteryPercent(bin.id, time, batteryLife, seed),
        distance: spike ? ECHO_FROM_LID : distance,
        tilted: false,
      });
    },
  };
}

/** mm: what the sensor reads if something hangs right below it; its dead zone ends here. */
export const ECHO_FROM_LID = 30;

/** Falls evenly from 100 to 1 % and starts again with a new battery; the bins' batteries have different ages. */
export function batteryPercent(id: string, time: number, life: number, seed: number): number {
  const age = (time / DAY / life + chance(seed, `${id}/installed`)) % 1;
  return Math.max(Math.round(100 * (1 - age)), 1);
}

function onSteps(value: number, step: number): number {
  return Math.round(value / step) * step;
}
