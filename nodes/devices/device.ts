import type { AreaId } from '../observation/areas.ts';
import type { QuantityId } from '../observation/quantities.ts';

/** A device as staff registered it. Keys are kept elsewhere (key-vault.ts); this object may be shown and exported. */
export interface Device {
  /** Stable id, lower-case letters, digits and hyphens; given at registration, never derived from a DevEUI. */
  id: string;
  name: string;
  area: AreaId;
  /** Place the public knows, for example "Start" or "Storgata 1". */
  site?: string;
  location?: { lat: number; lon: number };
  /** 16 lower-case hex digits. */
  devEui?: string;
  /** 8 lower-case hex digits; for frames that come without a network server. */
  devAddr?: string;
  /** Of its modem: 15 digits, the last one a check digit. */
  imei?: string;
  /** Of its SIM card: 14 or 15 digits. */
  imsi?: string;
  /** What it calls itself: CoAP or LwM2M endpoint name, a platform's id of it, a serial number in its payload. */
  endpoint?: string;
  /** From which it sends, IPv4 or IPv6 in canonical form, where the operator's private network gives it a fixed one. */
  address?: string;
  /** Id of a built-in model, or path of a codec file in the data folder's `codecs/` with its mapping. */
  model: string;
  /** Minutes between uplinks, if it is not the model's. */
  interval?: number;
  /** Distance sensor above a container: readings of the empty and of the full container, metres. */
  emptyDistance?: number;
  fullDistance?: number;
  /**
   * What the device's general-purpose inputs measure at this place: a probe in the snow is
   * `{ probe_temperature: 'snow_temperature' }`. Both quantities have units of one dimension.
   */
  measures?: Partial<Record<QuantityId, QuantityId>>;
  /** Frame counter rule for frames without a network server; `frame-sessions.ts` says what each means. */
  frameCounter?: 'strict' | 'resets' | 'off';
  /** Listens at all times (LoRaWAN class C); our own gateway node then need not wait for an uplink. */
  classC?: true;
  /**
   * `open`: may be in open data; `private`: at somebody's home or desk, may be there only together with others.
   * Absent: is in no open data.
   */
  publication?: 'open' | 'private';
  /** Present for sandbox devices. */
  sandbox?: true;
  note?: string;
}

/** Session keys of a device, 32 lower-case hex digits each. */
export interface DeviceKeys {
  nwkSKey?: string;
  appSKey?: string;
  appKey?: string;
}

/** What a device and our own gateway node agreed on when it joined. The keys have 32 lower-case hex digits. */
export interface DeviceSession {
  /** 8 lower-case hex digits. */
  devAddr: string;
  nwkSKey: string;
  appSKey: string;
  /** ISO 8601 UTC. */
  joinedTime: string;
  /** Seconds from an uplink to the first receive window. */
  rxDelay: number;
  rx1DrOffset: number;
  rx2DataRate: number;
}

/** How one name of a codec's output becomes a quantity. */
export interface Mapping {
  /** Path in the codec's `data`, steps joined by dots: `TempC_SHT`, `temperature_target.value`; `-1`: last of a list. */
  from: string;
  quantity: QuantityId;
  /** Text behind the number on some values (`2.3(low battery)`); it is passed over. */
  suffix?: string;
  /** UCUM code of the codec's value if it is not the quantity's canonical unit. */
  unit?: string;
  /** Values that mean "no reading" (327.67, -327.68, 65535 ...). */
  sentinels?: readonly (number | string)[];
  /** Text or code -> value, for states ("tilt" -> true). */
  states?: Readonly<Record<string, number | boolean | string>>;
  /** For states that come as a strength or a count: true above this number. */
  above?: number;
  /** Numbers of all mappings to the quantity add up (one per door of a building). */
  sum?: true;
}

/** How a device is told a value: the way back of a mapping. */
export interface Command {
  quantity: QuantityId;
  /** Path in the data that the codec's `encodeDownlink` takes, steps joined by dots. */
  to: string;
  /** UCUM code of the value there if it is not the quantity's canonical unit. */
  unit?: string;
  /** Value -> the codec's word or code for it: `{ "true": "on", "false": "off" }`. */
  states?: Readonly<Record<string, unknown>>;
  /** The codec takes whole numbers only. */
  whole?: true;
  /** What the codec wants to be told besides. */
  with?: Readonly<Record<string, unknown>>;
}

export type SignalScale = 'csq' | 'dBm';

/** How a codec file wants to be run. */
export interface ScriptWishes {
  /** `fresh`: nothing that one payload leaves behind is there at the next. Usually `reused`, which is far quicker. */
  context?: 'reused' | 'fresh';
  /** IANA name of the zone of its local time; usually UTC. */
  timeZone?: string;
  /** Whether it gets `recvTime` as a Date, as usual, or as ISO 8601 text. */
  recvTime?: 'date' | 'text';
}

/** What is known of a kind of sensor, as data. */
export interface DeviceModel {
  /** Lower-case letters, digits and hyphens, for example `dragino-lht65n`. */
  id: string;
  vendor: string;
  name: string;
  /** Codec that makes `data` from bytes: a built-in payload format or a codec file. */
  codec: string;
  /** How a codec file wants to be run, where that is not the usual way. */
  script?: ScriptWishes;
  mappings: readonly Mapping[];
  /** What the device can be told; absent: whatever its codec takes under the names of the mappings. */
  commands?: readonly Command[];
  /** Codec names that are known and deliberately not mapped (serial numbers, modes). */
  ignored?: readonly string[];
  /** Minutes between uplinks as delivered. */
  interval: number;
  /** Name of the device's own clock in the codec's `data` (and in each stored sample): ISO 8601, or seconds or ms since 1970. */
  time?: string;
  /** How old a sample of a device without a clock is: its name there, and its unit (UCUM) if that is not seconds. */
  age?: { from: string; unit?: string };
  /** The modem's signal strength in the codec's `data`: as `AT+CSQ` gives it (3GPP TS 27.007), or in dBm. */
  signal?: { from: string; scale: SignalScale };
  /** Name of a list of stored earlier samples in the codec's `data`; each has the same names as `data`. */
  samples?: string;
  /** FPort on which the device expects commands, where its codec names none. */
  downlinkPort?: number;
  /** What the device waits for after it sent something over IP (NB-IoT), as `codec/answer-bytes.ts` has it. */
  acknowledgement?: string;
  /** Voltages (V) from empty to full, with the percent left, for `battery_level`. */
  batteryCurve?: readonly (readonly [volts: number, percent: number])[];
  /** The codec's `normalizeUplink` is asked too; mappings may name what it gives, below `normalized`. */
  normalized?: true;
  /** Of a model that was taken from a LoRaWAN device repository: the names of things there. */
  repository?: {
    brand: string;
    device: string;
    /** Codec definition, which names the script and has the examples. */
    codec: string;
    /** Of the codec's script when it was taken. */
    version: string;
    firmware: string;
    region: string;
  };
}
