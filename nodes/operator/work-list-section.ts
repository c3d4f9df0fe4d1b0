import type { DeviceRegistry } from '../devices/registry.ts';
import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import type { Value } from '../observation/observation.ts';
import { isQuantity } from '../observation/quantities.ts';
import { type Html, html } from '../opendata/html.ts';
import { scrollable } from '../opendata/layout.ts';
import { type Locale, momentText, valueWithUnit } from '../opendata/wording.ts';
import { isFlagField } from '../timeseries/quality-fields.ts';
import { sandboxMark } from './marks.ts';
import type { WorkList, WorkListColumn, WorkListRow } from './work-list.ts';

type Devices = Pick<DeviceRegistry, 'get'>;

/** A list that somebody works through: headings and units from the vocabulary, a box to tick on paper. */
export function workListSection(list: WorkList, devices: Devices, locale: Locale, now: number): Html {
  const { title, rows, time } = list;
  const id = `list-${title.toLowerCase().replace(/[^\p{L}\d]+/gu, '-')}`;
  const text = (key: string, parameters?: Record<string, string>) =>
    translate(locale.language, `operator.list.${key}`, parameters);
  const columns = columnsOf(list);
  const head = columns.map(
    (column) => html`<th scope="col"${numeric(column)}>${heading(column, locale)}</th>`,
  );
  const body = rows.map((row) => rowOf(row, columns, devices, locale, now));
  return html`<section class="list" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<p class="quiet">${text('made', { moment: momentText(Date.parse(time), now, locale) })}</p>${
    rows.length === 0
      ? html`<p>${text('empty')}</p>`
      : html`${scrollable(id, html`<table><thead><tr><td class="tick"></td>${head}</tr></thead><tbody>${body}</tbody></table>`)}
<button type="button" class="print">${text('print')}</button>`
  }</section>`;
}

function columnsOf({ columns, rows }: WorkList): WorkListColumn[] {
  if (columns.length > 0) return columns;
  const keys = new Set(rows.flatMap((row) => Object.keys(row)));
  // Rows of a query node name the device twice, many names hold the place, and flags are for programs.
  if (keys.has('name')) keys.delete('device');
  if (rows.every(namesPlace)) keys.delete('site');
  const shown = [...keys].filter((key) => !isFlagField(key));
  return [...shown.filter((key) => key !== 'time'), ...shown.filter((key) => key === 'time')].map((key) => ({
    key,
  }));
}

function namesPlace({ name, site }: WorkListRow): boolean {
  return typeof name === 'string' && (site === undefined || name.includes(String(site)));
}

function rowOf(
  row: WorkListRow,
  columns: readonly WorkListColumn[],
  devices: Devices,
  locale: Locale,
  now: number,
): Html {
  const named = NAMING.map((key) => columns.findIndex((column) => column.key === key)).find((at) => at >= 0);
  const device = typeof row.device === 'string' ? devices.get(row.device) : undefined;
  const cells = columns.map((column, index) => {
    const value = column.key === 'device' && device ? device.name : row[column.key];
    const mark = index === (named ?? 0) && device !== undefined && sandboxMark(device, locale);
    return html`<td${numeric(column)}>${value !== undefined && cell(column.key, value, locale, now)}${mark}</td>`;
  });
  return html`<tr><td class="tick" aria-hidden="true">☐</td>${cells}</tr>`;
}

/** Columns that say which device a row is about, best first: there it is marked. */
const NAMING = ['name', 'device', 'site'];
const NUMBER = html` class="number"`;

function numeric({ key }: WorkListColumn): Html | false {
  return isQuantity(key) && NUMBER;
}

/** Headings of properties that are no quantity but that rows of our nodes have. */
const KNOWN = ['time', 'device', 'site', 'name'];

function heading({ key, label }: WorkListColumn, { language }: Locale): string {
  if (label) return label;
  if (isQuantity(key)) return quantityLabel(key, language);
  return KNOWN.includes(key) ? translate(language, `operator.column.${key}`) : key;
}

function cell(key: string, value: Value, locale: Locale, now: number): string {
  if (isQuantity(key)) return valueWithUnit(key, value, locale.language);
  const time = key === 'time' ? new Date(value as string | number).getTime() : Number.NaN;
  return Number.isNaN(time) ? String(value) : momentText(time, now, locale);
}
