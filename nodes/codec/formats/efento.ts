import type { CodecOutput } from '../codec.ts';
import type { Piece, Values } from './field.ts';
import { parseProto } from './protobuf/proto-file.ts';
import { readProtobuf } from './protobuf/protobuf.ts';
import type { MessageType } from './protobuf/wire.ts';
import { datedSamples } from './stored-samples.ts';

/** Efento's sensors for NB-IoT: one message of Protocol Buffers with the latest samples of up to six channels. */
export interface Efento {
  kind: 'efento';
}

/** Numbers and types of Efento's public description of its measurements; the names are ours. */
const [MESSAGE] = parseProto(`
  syntax = "proto3";
  message Measurements {
    message Channel {
      uint32 type = 1;
      int32 timestamp = 2;
      sint32 start = 4;
      repeated sint32 offsets = 5;
    }
    bytes serial = 1;
    bool battery_ok = 2;
    uint32 base = 3;
    repeated Channel channels = 4;
    uint32 next_transmission = 5;
    uint32 transfer_reason = 6;
    optional uint32 signal = 7;
    uint32 factor = 8;
    uint32 hash = 9;
    string cloud_token = 16;
    optional uint32 battery = 18;
  }
`).values() as Iterable<MessageType> as [MessageType];

interface Channel {
  type: number;
  timestamp: number;
  start: number;
  offsets: number[];
}

interface Message {
  serial: string;
  battery_ok: boolean;
  base: number;
  factor: number;
  channels: Channel[];
  battery?: number;
  cloud_token: string;
}

/** A number that is `raw / per`; `codes`: the remainder says how good it is, and is passed over. */
interface Continuous {
  name: string;
  per?: number;
  codes?: number;
}

/** By type of a channel. Offsets of the ones with two states are times. */
const TYPES: Readonly<Record<number, Continuous | { name: string; on: string; off: string }>> = {
  1: { name: 'temperature', per: 10 },
  2: { name: 'humidity' },
  3: { name: 'atmospheric_pressure', per: 10 },
  4: { name: 'differential_pressure' },
  5: { name: 'ok_alarm', on: 'ALARM', off: 'OK' },
  6: { name: 'iaq', codes: 3 },
  7: { name: 'flooding', on: 'WATER_DETECTED', off: 'OK' },
  8: { name: 'pulse_count' },
  9: { name: 'electricity_meter' },
  10: { name: 'water_meter' },
  11: { name: 'soil_moisture' },
  12: { name: 'co_gas' },
  13: { name: 'no2_gas' },
  14: { name: 'h2s_gas', per: 100 },
  15: { name: 'ambient_light', per: 10 },
  16: { name: 'pm_1_0' },
  17: { name: 'pm_2_5' },
  18: { name: 'pm_10_0' },
  19: { name: 'noise_level', per: 10 },
  20: { name: 'nh3_gas' },
  21: { name: 'ch4_gas' },
  22: { name: 'high_pressure' },
  23: { name: 'distance_mm' },
  26: { name: 'co2_gas', codes: 3 },
  27: { name: 'humidity_accurate', per: 10 },
  28: { name: 'static_iaq', codes: 3 },
  29: { name: 'co2_equivalent', codes: 3 },
  30: { name: 'breath_voc', codes: 3 },
  32: { name: 'percentage', per: 100 },
  33: { name: 'voltage', per: 10 },
  34: { name: 'current', per: 100 },
};

/** Offsets that are codes of a sensor's faults. */
const [FIRST_FAULT, LAST_FAULT] = [8_355_840, 8_388_607];
/** Periods in `base` between samples where no factor is sent. */
const [CONTINUOUS_FACTOR, BINARY_FACTOR] = [1, 14];
/** Battery: six times hundredths of a volt, and a status as the remainder; this one means that it was not measured. */
const [BATTERY_STATUSES, VOLT, NO_BATTERY] = [6, 100, 10_921];

/**
 * One object per moment, oldest first: `time` (seconds since 1970) and the values of the channels that have one, by
 * kind, the second channel of a kind as `temperature_2`; the last one also has what the device says of itself.
 * Throws CodecError `codec.error.protobuf`.
 */
export function decodeEfento({ model, bytes }: Piece): CodecOutput {
  const message = readProtobuf(MESSAGE, model, bytes) as unknown as Message;
  const samples = new Map<number, Values>();
  const seen = new Set<string>();
  for (const [index, channel] of message.channels.entries()) {
    const type = TYPES[channel.type];
    if (!type) continue;
    const name = seen.has(type.name) ? `${type.name}_${index + 1}` : type.name;
    seen.add(type.name);
    const readings =
      'on' in type
        ? changesOf(channel, type)
        : readingsOf(channel, type, periodOf(message, CONTINUOUS_FACTOR));
    for (const [time, value] of readings) {
      const sample = samples.get(time) ?? { time };
      sample[name] = value;
      samples.set(time, sample);
    }
  }
  const ordered = [...samples.values()].sort((one, other) => Number(one.time) - Number(other.time));
  const newest = { ...ordered.pop(), ...deviceOf(message) };
  const { samples: earlier, warnings } = datedSamples(ordered, 'time');
  const data = [...earlier, newest];
  return warnings ? { data, warnings } : { data };
}

/** Seconds between samples: what is meant when an older device sends no factor differs by the kind of sensor. */
function periodOf({ base, factor }: Message, usual: number): number {
  return base * (factor === 0 ? usual : factor);
}

/** Faults leave a gap. */
function readingsOf(
  { timestamp, start, offsets }: Channel,
  { per = 1, codes = 1 }: Continuous,
  period: number,
): [time: number, value: number][] {
  return offsets.flatMap((offset, index): [number, number][] => {
    if (offset >= FIRST_FAULT && offset <= LAST_FAULT) return [];
    return [[timestamp + index * period, Math.trunc((start + offset) / codes) / per]];
  });
}

/** The sign is the state, the amount the seconds since the timestamp and one. A state that stays is no change. */
function changesOf(
  { timestamp, offsets }: Channel,
  { on, off }: { on: string; off: string },
): [time: number, value: string][] {
  return offsets.flatMap((offset, index): [number, string][] => {
    const stays = index > 0 && Math.sign(offset) === Math.sign(offsets[index - 1] ?? 0);
    if (offset === 0 || stays) return [];
    return [[timestamp + Math.abs(offset) - 1, offset > 0 ? on : off]];
  });
}

function deviceOf(message: Message): Values {
  const { serial, battery_ok, battery, cloud_token, channels } = message;
  const about: Values = { battery_ok };
  const hasStates = channels.some(({ type }) => 'on' in (TYPES[type] ?? {}));
  if (message.base > 0) about.period = periodOf(message, hasStates ? BINARY_FACTOR : CONTINUOUS_FACTOR);
  if (serial !== '') about.serial = serial;
  if (cloud_token !== '') about.cloud_token = cloud_token;
  if (battery !== undefined && battery !== NO_BATTERY) {
    about.battery_voltage = Math.floor(battery / BATTERY_STATUSES) / VOLT;
    about.battery_status = battery % BATTERY_STATUSES;
  }
  return about;
}
