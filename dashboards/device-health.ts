/** Device health: who is silent, whose battery ends, whose radio is weak, in all areas. */
import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { quantityLabel } from '../nodes/observation/labels.ts';
import type { Language } from '../nodes/observation/messages.ts';
import { DEVICE_HEALTH } from '../nodes/timeseries/points.ts';
import { frame, rowTitle } from './frame.ts';
import { seriesQuery, tableQuery } from './influxql.ts';
import { bars, lines, type PanelBasics, stackedBars, steps } from './panels.ts';
import * as queries from './queries.ts';
import { deviceColumns } from './shared-panels.ts';
import { table } from './tables.ts';
import { type PanelText, TEXTS, type Texts } from './texts.ts';
import { grafanaUnit, rangeOf } from './units.ts';

const LEVEL_COLORS = steps('red', [15, 'yellow'], [30, 'green']);
/** Days: order a battery now, plan it, fine. */
const DAYS_COLORS = steps('red', [30, 'yellow'], [90, 'green']);
/** dBm. Below about -115 a LoRaWAN uplink is near the end of its reach, above -100 there is plenty left. */
const RSSI_COLORS = steps('red', [-115, 'yellow'], [-100, 'green']);
/** Battery and radio of all areas: a gap is seen after half a day, the slowest usual interval. */
const GAP_MINUTES = 720;

/** Over time, two side by side; these have their names from the vocabulary, those below from the catalog. */
const QUANTITIES = ['battery_level', 'battery_voltage', 'internal_temperature'] as const;
const RADIO = [
  { field: 'rssi', unit: units.DecibelMilliWatt, decimals: 0 },
  { field: 'snr', unit: units.Decibel, decimals: 1 },
  { field: 'spreading_factor', unit: units.NoUnit, decimals: 0 },
] as const;

/** The dashboard for the people who keep the sensors running. */
export function deviceHealthDashboard(language: Language): DashboardBuilder {
  const texts = TEXTS[language];
  const words = texts.deviceHealth;
  const dashboard = frame({
    uid: 'byflyt-device-health',
    text: words,
    texts,
    measurement: DEVICE_HEALTH,
    from: 'now-7d',
  })
    .withRow(new RowBuilder(rowTitle(texts.row.now)))
    .withPanel(lastSeen(texts, language))
    .withPanel(batteryNow(texts))
    .withPanel(batteryDays(texts))
    .withRow(new RowBuilder(rowTitle(words.row.missing)))
    .withPanel(perHour(texts, words.received, queries.readingsPerHour(DEVICE_HEALTH, 'rssi')))
    .withPanel(perHour(texts, words.lost, queries.lostUplinks()))
    .withRow(new RowBuilder(rowTitle(words.row.overTime)));
  for (const quantity of QUANTITIES) {
    const text = { title: quantityLabel(quantity, language), description: words[quantity] };
    dashboard.withPanel(trend(texts, quantity, { text, unit: grafanaUnit(quantity), decimals: 2 }));
  }
  for (const { field, unit, decimals } of RADIO) {
    dashboard.withPanel(trend(texts, field, { text: words[field], unit, decimals }));
  }
  return dashboard;
}

function lastSeen(texts: Texts, language: Language) {
  const { column } = texts.deviceHealth;
  const columns = [
    {
      field: 'battery_level',
      label: quantityLabel('battery_level', language),
      unit: units.Percent,
      decimals: 0,
      colors: LEVEL_COLORS,
    },
    {
      field: 'battery_voltage',
      label: quantityLabel('battery_voltage', language),
      unit: units.Volt,
      decimals: 2,
    },
    { field: 'rssi', label: column.rssi, unit: units.DecibelMilliWatt, decimals: 0, colors: RSSI_COLORS },
    { field: 'snr', label: column.snr, unit: units.Decibel, decimals: 1 },
    { field: 'spreading_factor', label: column.spreading_factor, decimals: 0 },
    { field: 'frame_counter', label: column.frame_counter, decimals: 0 },
  ];
  const fields = columns.map(({ field }) => field);
  return table(
    {
      text: texts.deviceHealth.lastSeen,
      unit: units.Short,
      span: 24,
      height: 10,
      noValue: texts.noReading,
      targets: [tableQuery(queries.newestReadings(DEVICE_HEALTH, fields))],
    },
    texts.column.age,
    [...deviceColumns(texts), ...columns],
    true,
  ).timeFrom('365d');
}

function batteryNow(texts: Texts) {
  const targets = [seriesQuery(queries.newestValue(DEVICE_HEALTH, 'battery_level'))];
  const text = texts.deviceHealth.batteryNow;
  const basics = {
    text,
    unit: units.Percent,
    decimals: 0,
    span: 12,
    height: 9,
    noValue: texts.noReading,
    targets,
  };
  return bars(basics, rangeOf('battery_level'), LEVEL_COLORS).timeFrom('30d');
}

function batteryDays(texts: Texts) {
  const words = texts.deviceHealth;
  const targets = [seriesQuery(queries.batteryDaysLeft())];
  const text = words.batteryDays;
  const basics = {
    text,
    unit: units.Days,
    decimals: 0,
    span: 12,
    height: 9,
    noValue: words.notFalling,
    targets,
  };
  return bars(basics, [0, 365], DAYS_COLORS).timeFrom('30d');
}

function perHour(texts: Texts, text: PanelText, query: string) {
  const targets = [seriesQuery(query)];
  return stackedBars({
    text,
    unit: units.Short,
    decimals: 0,
    span: 12,
    height: 8,
    noValue: texts.noReading,
    targets,
  });
}

function trend(texts: Texts, field: string, shown: Pick<PanelBasics, 'text' | 'unit' | 'decimals'>) {
  const targets = [seriesQuery(queries.fieldSeries(DEVICE_HEALTH, field))];
  return lines({ ...shown, span: 12, height: 8, noValue: texts.noReading, targets }, GAP_MINUTES);
}
