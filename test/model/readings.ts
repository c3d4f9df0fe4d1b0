/** Devices of the model-based test and what they send: every reading has its own time and a value that follows from it. */
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import type { Publication } from '../support/mqtt.ts';
import { thingsStackUplink } from '../system/uplinks.ts';
import { ALARM_LIMIT } from './flow.ts';

export interface ModelDevice {
  id: string;
  devEui: string;
}

export interface Reading {
  /** ms since 1970 UTC, whole seconds. */
  time: number;
  /** °C */
  value: number;
}

const EUI_OF_FIRST = 0x24e1240000000000n;

export function deviceNumber(number: number): ModelDevice {
  return { id: `d${number}`, devEui: (EUI_OF_FIRST + BigInt(number)).toString(16) };
}

/** A device list as `byflyt devices import` reads it. */
export function deviceList(count: number): string {
  const rows = Array.from({ length: count }, (_, number) => deviceNumber(number)).map(
    ({ id, devEui }) => `${id};${id};ski_trail;${devEui};dragino-lht65n`,
  );
  return ['id;name;area;devEui;model', ...rows, ''].join('\n');
}

/** The reading of a second; `hot` is beyond the limit of the alarm. */
export function reading(time: number, hot: boolean): Reading {
  const shade = ((time / 1000) % 1000) / 100;
  return { time, value: Math.round((ALARM_LIMIT + (hot ? 1 + shade : -1 - shade)) * 100) / 100 };
}

export function uplink({ id, devEui }: ModelDevice, { time, value }: Reading): Publication {
  const payload = encodeLht65n({
    battery: 3,
    internalTemperature: 20,
    humidity: 40,
    externalTemperature: value,
  });
  return thingsStackUplink({
    deviceId: id,
    devEui,
    fPort: payload.fPort,
    payload: payload.bytes,
    time: new Date(time).toISOString(),
    fCnt: (time / 1000) % 65_536,
  });
}
