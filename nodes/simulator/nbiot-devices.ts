import type { Device } from '../devices/device.ts';
import type { AreaId } from '../observation/areas.ts';
import { noise } from './chance.ts';
import { type Faults, isSpike, readingTime } from './faults.ts';
import { batteryPercent, ECHO_FROM_LID } from './sandbox-devices.ts';
import { type BinHabit, wasteDistance } from './waste-bin.ts';

/** How a sandbox device of NB-IoT speaks: SenML over CoAP, its vendor's bytes in datagrams, or LwM2M. */
export type NbiotWay = 'coap' | 'udp' | 'lwm2m';

/** What a device measures at a moment; SI units, percent for the battery. */
export interface NbiotReading {
  /** ms since 1970 UTC, by the device's own clock. */
  time: number;
  /** Metres. */
  distance?: number;
  water_level?: number;
  battery_level: number;
}

/** A sandbox device on NB-IoT: what the registry holds of it, how it talks, what goes wrong with it. */
export interface NbiotSandboxDevice
  extends Pick<Device, 'id' | 'model' | 'emptyDistance' | 'fullDistance'>,
    Required<Pick<Device, 'imei' | 'endpoint'>> {
  /** Text of its name for people: `simulator.device.<kind>`, with the site. */
  kind: 'bin' | 'level';
  area: AreaId;
  site: string;
  location: { lat: number; lon: number };
  way: NbiotWay;
  /** Minutes between readings. */
  interval: number;
  faults: Faults;
  reading(time: number, seed: number): NbiotReading;
}

type Place = Omit<
  NbiotSandboxDevice,
  'kind' | 'area' | 'reading' | 'interval' | 'emptyDistance' | 'fullDistance' | 'endpoint'
>;

type Bin = Place & Omit<BinHabit, 'id'> & { batteryLife: number };

const BIN_SIZE = { emptyDistance: 1.45, fullDistance: 0.3 };

const BINS: readonly Bin[] = [
  {
    id: 'sandbox-bin-brygga',
    site: 'Brygga 4',
    location: { lat: 61.3069, lon: 12.2733 },
    model: 'senml',
    way: 'coap',
    imei: '352656100000010',
    faults: { lost: 0.02 },
    ...BIN_SIZE,
    perDay: 0.22,
    collection: 4,
    collectionDay: 2,
    batteryLife: 2500,
  },
  {
    id: 'sandbox-bin-alpinsenteret',
    site: 'Alpinsenteret',
    location: { lat: 61.3185, lon: 12.2391 },
    model: 'dragino-ndds20',
    way: 'udp',
    imei: '352656100000028',
    faults: { lost: 0.03, spikes: 0.01 },
    ...BIN_SIZE,
    perDay: 0.3,
    collection: 3,
    collectionDay: 1,
    batteryLife: 2400,
  },
  {
    id: 'sandbox-bin-biblioteket',
    site: 'Biblioteket',
    location: { lat: 61.3117, lon: 12.2655 },
    model: 'lwm2m',
    way: 'lwm2m',
    imei: '352656100000036',
    faults: { lost: 0.02 },
    emptyDistance: 1.1,
    fullDistance: 0.25,
    perDay: 0.12,
    collection: 7,
    collectionDay: 3,
    batteryLife: 2600,
  },
];

const LEVEL: Place = {
  id: 'sandbox-level-elva',
  site: 'Elvebrua',
  location: { lat: 61.3098, lon: 12.2581 },
  model: 'senml',
  way: 'coap',
  imei: '352656100000044',
  faults: { lost: 0.02 },
};

/** All sandbox devices on NB-IoT: three bins, each of which speaks another protocol, and the level of a river. */
export const NBIOT_DEVICES: readonly NbiotSandboxDevice[] = [...BINS.map(binSensor), levelSensor(LEVEL)];

function binSensor({ perDay, collection, collectionDay, batteryLife, ...bin }: Bin): NbiotSandboxDevice {
  const { id, emptyDistance, fullDistance, faults } = bin;
  const habit = { id, perDay, collection, collectionDay, emptyDistance, fullDistance };
  return {
    ...bin,
    endpoint: endpointOf(bin.imei),
    kind: 'bin',
    area: 'waste',
    interval: 60,
    reading(time, seed) {
      const millimetres = isSpike(id, faults, time, seed)
        ? ECHO_FROM_LID
        : wasteDistance(habit, readingTime(id, faults, time, seed), seed);
      return {
        time,
        distance: millimetres / 1000,
        battery_level: batteryPercent(id, time, batteryLife, seed),
      };
    },
  };
}

const LEVEL_BATTERY_DAYS = 3000;
const HOUR = 3_600_000;

function levelSensor(place: Place): NbiotSandboxDevice {
  return {
    ...place,
    endpoint: endpointOf(place.imei),
    kind: 'level',
    area: 'water',
    interval: 30,
    reading: (time, seed) => ({
      time,
      water_level: riverLevel(place.id, time, seed),
      battery_level: batteryPercent(place.id, time, LEVEL_BATTERY_DAYS, seed),
    }),
  };
}

/** Metres, to the millimetre: a swell of some days after rain in the hills, the melt of each day, and ripples. */
function riverLevel(id: string, time: number, seed: number): number {
  const hours = time / HOUR;
  const swell = 0.25 * Math.sin((2 * Math.PI * hours) / (24 * 6.5));
  const melt = 0.04 * Math.sin((2 * Math.PI * (hours - 11)) / 24);
  return Math.round(1000 * (0.9 + swell + melt + 0.008 * noise(seed, `${id}/ripple/${time}`))) / 1000;
}

/** OMA LwM2M TS 1.1, section 7.3.1. */
function endpointOf(imei: string): string {
  return `urn:imei:${imei}`;
}
