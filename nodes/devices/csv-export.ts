import { stringify } from 'csv-stringify/sync';
import { type Language, translate } from '../observation/messages.ts';
import { BYTE_ORDER_MARK, safeCell } from './csv-text.ts';
import type { Device, DeviceKeys } from './device.ts';
import { DEVICE_FIELDS, isKeyField } from './device-fields.ts';
import { textsOf } from './device-texts.ts';

export interface CsvExportOptions {
  /** Of the header; Norwegian also means semicolons and decimal commas, as its spreadsheets expect. */
  language: Language;
  /** Given only when somebody asked for the keys explicitly. */
  keysOf?: ((deviceId: string) => DeviceKeys | undefined) | undefined;
}

/** All devices as a CSV file that a spreadsheet opens and `importCsv` reads: UTF-8 with byte order mark, CRLF. */
export function exportCsv(devices: readonly Device[], { language, keysOf }: CsvExportOptions): string {
  const fields = DEVICE_FIELDS.filter((field) => keysOf !== undefined || !isKeyField(field));
  const header = fields.map((field) => translate(language, `devices.column.${field}`));
  const rows = devices.map((device) => {
    const texts = { ...textsOf(device, language), ...keysOf?.(device.id) };
    return fields.map((field) => safeCell(texts[field] ?? ''));
  });
  const delimiter = language === 'nb' ? ';' : ',';
  return BYTE_ORDER_MARK + stringify([header, ...rows], { delimiter, record_delimiter: '\r\n' });
}
