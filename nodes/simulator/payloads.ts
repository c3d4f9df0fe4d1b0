/** Encoders of the vendors' uplink payloads, the counterpart of the built-in codecs. */

/** A payload with the FPort the vendor uses. */
export interface EncodedPayload {
  fPort: number;
  bytes: Buffer;
}

const NO_READING = 0x7fff;
const TEMPERATURE_PROBE = 1;
const DRAGINO_PORT = 2;
const MILESIGHT_PORT = 85;

export interface Lht65nReading {
  /** V */
  battery: number;
  /** °C */
  internalTemperature: number;
  /** % */
  humidity: number;
  /** °C, external probe; undefined if it is unplugged. */
  externalTemperature: number | undefined;
}

/**
 * Dragino LHT65N with the temperature probe E1/E3: status and mV (2+14 bits), °C/100, %/10, probe type,
 * probe °C/100, two unused bytes; big endian. Source: Dragino LHT65N user manual, payload of FPort 2.
 */
export function encodeLht65n(reading: Lht65nReading): EncodedPayload {
  const bytes = Buffer.alloc(11);
  const millivolts = Math.round(reading.battery * 1000) & 0x3fff;
  bytes.writeUInt16BE((batteryStatus(reading.battery) << 14) | millivolts, 0);
  bytes.writeInt16BE(Math.round(reading.internalTemperature * 100), 2);
  bytes.writeUInt16BE(Math.round(reading.humidity * 10), 4);
  bytes.writeUInt8(TEMPERATURE_PROBE, 6);
  const probe = reading.externalTemperature;
  bytes.writeInt16BE(probe === undefined ? NO_READING : Math.round(probe * 100), 7);
  bytes.writeUInt16BE(NO_READING, 9);
  return { fPort: DRAGINO_PORT, bytes };
}

/** Dragino's own grading: 3 good, 2 OK, 1 low, 0 ultra low. */
function batteryStatus(volts: number): number {
  return [2.45, 2.5, 2.55].filter((limit) => volts >= limit).length;
}

export interface Em310UdlReading {
  /** % */
  battery: number;
  /** mm */
  distance: number;
  tilted: boolean;
}

/**
 * Milesight EM310-UDL: channel, type, value; little endian. 01 75 battery in %, 03 82 distance in mm,
 * 04 00 position. Source: Milesight EM310-UDL user guide, uplink payload.
 */
export function encodeEm310Udl(reading: Em310UdlReading): EncodedPayload {
  const bytes = Buffer.from([0x01, 0x75, 0, 0x03, 0x82, 0, 0, 0x04, 0x00, reading.tilted ? 1 : 0]);
  bytes.writeUInt8(Math.round(reading.battery), 2);
  bytes.writeUInt16LE(Math.round(reading.distance), 5);
  return { fPort: MILESIGHT_PORT, bytes };
}
