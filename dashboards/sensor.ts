/** One sensor: is it alive, is what it measures normal, what was said about it. */
import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { quantityLabel } from '../nodes/observation/labels.ts';
import type { Language } from '../nodes/observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../nodes/observation/quantities.ts';
import { DEVICE_HEALTH } from '../nodes/timeseries/points.ts';
import { choice, frame, rowTitle } from './frame.ts';
import { seriesQuery, tableQuery, variable } from './influxql.ts';
import { faint, lines, type PanelBasics, stackedBars, wordsFor } from './panels.ts';
import * as queries from './queries.ts';
import { unusualReadings } from './shared-panels.ts';
import { table } from './tables.ts';
import { TEXTS, type Texts } from './texts.ts';

/** Hours between two readings that are kept with their band, and then some. */
const GAP_MINUTES = 240;
/** Battery and radio: a gap is seen after half a day, the slowest usual interval. */
const HEALTH_GAP_MINUTES = 720;

const EVERY = Object.keys(QUANTITIES) as QuantityId[];

/** The dashboard for whoever wonders about a single sensor, or got an alarm about it. */
export function sensorDashboard(language: Language): DashboardBuilder {
  const texts = TEXTS[language];
  const words = texts.sensor;
  const quantities = `SHOW TAG VALUES FROM "normal_band" WITH KEY = "quantity" WHERE "device" =~ /^${variable('device', 'regex')}$/`;
  return frame({
    uid: 'byflyt-sensor',
    text: words,
    texts,
    measurement: DEVICE_HEALTH,
    single: true,
    from: 'now-7d',
  })
    .withVariable(choice('quantity', words.quantity, quantities))
    .withRow(new RowBuilder(rowTitle(words.row.signs)))
    .withPanel(received(texts))
    .withPanel(health(texts, 'battery_level', batteryText(texts, language), units.Percent))
    .withPanel(health(texts, 'rssi', texts.deviceHealth.rssi, units.DecibelMilliWatt))
    .withRow(new RowBuilder(rowTitle(words.row.readings)))
    .withPanel(againstNormal(texts))
    .withRow(new RowBuilder(rowTitle(words.row.said)))
    .withPanel(unusualReadings({ texts, language, quantities: EVERY }))
    .withPanel(alarms(texts));
}

function batteryText(texts: Texts, language: Language): PanelBasics['text'] {
  return { title: quantityLabel('battery_level', language), description: texts.deviceHealth.battery_level };
}

function received(texts: Texts) {
  return stackedBars({
    text: texts.deviceHealth.received,
    unit: units.Short,
    decimals: 0,
    span: 8,
    height: 8,
    noValue: texts.noReading,
    targets: [seriesQuery(queries.readingsPerHour(DEVICE_HEALTH, 'rssi'))],
  });
}

function health(texts: Texts, field: string, text: PanelBasics['text'], unit: string) {
  const targets = [seriesQuery(queries.fieldSeries(DEVICE_HEALTH, field))];
  return lines({ text, unit, span: 8, height: 8, noValue: texts.noReading, targets }, HEALTH_GAP_MINUTES);
}

/** One chart per quantity that a detector watches. */
function againstNormal(texts: Texts) {
  const chosen = variable('quantity', 'regex');
  const { column } = texts;
  const panel = lines(
    {
      text: texts.sensor.normal,
      unit: units.Short,
      decimals: 1,
      span: 24,
      height: 9,
      noValue: texts.sensor.noBand,
      targets: [
        seriesQuery(queries.hourlyNormal('value', chosen), column.value, 'A'),
        seriesQuery(queries.hourlyNormal('lower', chosen), column.lower, 'B'),
        seriesQuery(queries.hourlyNormal('upper', chosen), column.upper, 'C'),
      ],
    },
    GAP_MINUTES,
  );
  const toLower = { id: 'custom.fillBelowTo', value: column.lower };
  const filled = { id: 'custom.fillOpacity', value: 15 };
  return panel
    .overrideByQuery('B', faint('blue'))
    .overrideByQuery('C', [...faint('blue'), toLower, filled])
    .repeat('quantity');
}

function alarms(texts: Texts) {
  const { column, sensor } = texts;
  const worded = (words: Readonly<Record<string, string>>) => [
    wordsFor(Object.fromEntries(Object.entries(words).map(([key, text]) => [key, { text }]))),
  ];
  return table(
    {
      text: sensor.history,
      unit: units.String,
      span: 24,
      height: 8,
      noValue: texts.noHistory,
      targets: [tableQuery(queries.alarmHistory())],
    },
    column.time,
    [
      { field: 'site', label: column.place, width: 160 },
      { field: 'alarm', label: column.alarm, width: 180 },
      { field: 'state', label: sensor.state, width: 90, words: worded(sensor.states) },
      { field: 'severity', label: column.severity, width: 120, words: worded(texts.severity) },
      { field: 'sentence', label: column.why },
      { field: 'answer', label: sensor.answer, width: 130, words: worded(sensor.answers) },
    ],
  );
}
