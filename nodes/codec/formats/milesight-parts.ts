import type { Field } from './field.ts';
import type { TaggedRecord, TaggedRecords } from './tagged-records.ts';

/** What recurs in the records of Milesight's devices. A device answers a command by repeating it, with 0xfe or 0xff in front. */
export type Records = TaggedRecords['records'];

export const ENABLE = { states: { '0': 'disable', '1': 'enable' }, otherwise: 'unknown' };

/** Tenths of an hour. */
const TIME_ZONES = Object.fromEntries(
  [
    -120, -110, -100, -95, -90, -80, -70, -60, -50, -40, -35, -30, -20, -10, 0, 10, 20, 30, 35, 40, 45, 50,
    55, 57, 60, 65, 70, 80, 90, 95, 100, 105, 110, 120, 127, 130, 140,
  ].map((tenths) => [String(tenths), timeZone(tenths)]),
);

/** `UTC+5:45` for 57: three quarters of an hour are sent as 7 tenths. */
function timeZone(tenths: number): string {
  if (tenths === 0) return 'UTC';
  const minutes = { 0: '', 5: ':30', 7: ':45' }[Math.abs(tenths) % 10] ?? '';
  return `UTC${tenths < 0 ? '-' : '+'}${Math.trunc(Math.abs(tenths) / 10)}${minutes}`;
}

/** The zone of the device's clock. */
export const TIME_ZONE: Records = setting('17', 2, {
  name: 'time_zone',
  type: 'i16le',
  states: TIME_ZONES,
  otherwise: 'unknown',
});

/** A setting of `length` bytes, as it is sent and as it is answered. */
export function setting(type: string, length: number, ...fields: Field[]): Records {
  return { [`fe${type},ff${type}`]: { length, command: `ff${type}`, fields } };
}

/** An order without content; `fill` is the byte that the user guides put there. */
export function order(type: string, name: string, fill: number): Records {
  const record: TaggedRecord = { length: 1, command: `ff${type}`, fill, fields: [{ name, value: 'yes' }] };
  return { [`fe${type},ff${type}`]: record };
}

/** Bit 7 of the first byte switches the calibration on, bits 0 and 1 say of what. */
export function calibration(measured: string, code: number, divide: number): Field[] {
  const group = `${measured}_calibration_settings`;
  const when = [{ at: 0, mask: 3, in: [code] }];
  return [
    { name: 'enable', group, when, type: 'u8', shift: 7, mask: 128, ...ENABLE },
    { name: 'calibration_value', group, when, at: 1, type: 'i16le', divide },
  ];
}

/** Bits 3 to 5 of the first byte say of which mode, bits 0 to 2 on which side of the limits, bit 7 whether its end is told. */
export function distanceAlarm(mode: string, code: number): Field[] {
  const group = `${mode}_alarm_config`;
  const when = [{ at: 0, mask: 0x38, in: [code << 3] }];
  return [
    {
      name: 'condition',
      group,
      when,
      type: 'u8',
      mask: 7,
      states: { '0': 'disable', '1': 'below', '2': 'above', '3': 'between', '4': 'outside' },
      otherwise: 'unknown',
    },
    { name: 'alarm_release_enable', group, when, type: 'u8', mask: 128, shift: 7, ...ENABLE },
    { name: 'threshold_min', group, when, at: 1, type: 'u16le' },
    { name: 'threshold_max', group, when, at: 3, type: 'u16le' },
  ];
}
