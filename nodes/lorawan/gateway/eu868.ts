/**
 * EU863-870 in the LoRaWAN Regional Parameters (RP002-1.0.4, 2.4), and the sub-bands of ETSI EN 300 220-2 V3.2.1,
 * annex B (bands K to Q): how long and how strongly one may send in each.
 */

export interface DataRate {
  /** DR0 to DR7. */
  number: number;
  modulation: 'LORA' | 'FSK';
  /** LoRa only. */
  sf?: number;
  bandwidthHz?: number;
  /** FSK only, bit/s. */
  bitRate?: number;
  /** Bytes of FRMPayload and FOpts together, if no repeater is to be possible. */
  longest: number;
}

const LORA = (number: number, sf: number, bandwidthHz: number, longest: number): DataRate => ({
  number,
  modulation: 'LORA',
  sf,
  bandwidthHz,
  longest,
});

/** By number. */
const DATA_RATES: readonly DataRate[] = [
  LORA(0, 12, 125_000, 51),
  LORA(1, 11, 125_000, 51),
  LORA(2, 10, 125_000, 51),
  LORA(3, 9, 125_000, 115),
  LORA(4, 8, 125_000, 242),
  LORA(5, 7, 125_000, 242),
  LORA(6, 7, 250_000, 242),
  { number: 7, modulation: 'FSK', bitRate: 50_000, longest: 242 },
];

/** The data rate of that number; the slowest one for a number that EU868 does not have. */
export function dataRate(number: number): DataRate {
  const [slowest] = DATA_RATES as [DataRate];
  return DATA_RATES[number] ?? slowest;
}

/** As packet forwarders write it: `SF7BW125`, or the bit rate as a number. */
export function dataRateName({ sf, bandwidthHz = 0, bitRate }: DataRate): string | number {
  return bitRate ?? `SF${sf}BW${bandwidthHz / 1000}`;
}

export function dataRateNamed(name: unknown): DataRate | undefined {
  return DATA_RATES.find((rate) => dataRateName(rate) === name);
}

/** The first receive window is on the channel of the uplink, slower by the offset. */
export function rx1DataRate(uplink: DataRate, offset: number): DataRate {
  return dataRate(Math.max(0, uplink.number - offset));
}

/** The second receive window; its data rate is DR0 unless device and network agreed on another one. */
export const RX2_HZ = 869_525_000;
export const DEFAULT_RX2_DATA_RATE = 0;
/** Seconds from a request to join to the first window for its answer. */
export const JOIN_ACCEPT_DELAY = 5;

/** Channels 3 to 7, beside the three that every device knows. */
const MORE_CHANNELS_HZ = [867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000];

/** Tells a device that joins of the five further channels: each in 100 Hz, three bytes, then the kind of list (0). */
export function cfList(): string {
  const list = Buffer.alloc(16);
  for (const [index, hertz] of MORE_CHANNELS_HZ.entries()) list.writeUIntLE(hertz / 100, index * 3, 3);
  return list.toString('hex');
}

export interface SubBand {
  fromHz: number;
  toHz: number;
  /** Share of an hour that one may send. */
  dutyCycle: number;
  /** dBm, effective radiated power. */
  power: number;
}

const SUB_BANDS: readonly SubBand[] = [
  { fromHz: 863_000_000, toHz: 865_000_000, dutyCycle: 0.001, power: 14 },
  { fromHz: 865_000_000, toHz: 868_000_000, dutyCycle: 0.01, power: 14 },
  { fromHz: 868_000_000, toHz: 868_600_000, dutyCycle: 0.01, power: 14 },
  { fromHz: 868_700_000, toHz: 869_200_000, dutyCycle: 0.001, power: 14 },
  { fromHz: 869_400_000, toHz: 869_650_000, dutyCycle: 0.1, power: 27 },
  { fromHz: 869_700_000, toHz: 870_000_000, dutyCycle: 0.01, power: 14 },
];

/** The sub-band of a frequency; undefined where nobody may send. */
export function subBandOf(hertz: number): SubBand | undefined {
  return SUB_BANDS.find(({ fromHz, toHz }) => hertz >= fromHz && hertz < toHz);
}
