/** Waste: how full the bins are, when they will be full, which to empty. */
import {
  CustomVariableBuilder,
  type DashboardBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { quantityLabel } from '../nodes/observation/labels.ts';
import type { Language } from '../nodes/observation/messages.ts';
import type { QuantityId } from '../nodes/observation/quantities.ts';
import { frame, rowTitle } from './frame.ts';
import { DEVICE_LEGEND, seriesQuery, tableQuery, variable } from './influxql.ts';
import { bars, flagWords, lines, numbers, steps } from './panels.ts';
import * as queries from './queries.ts';
import {
  activeAlarms,
  checkedQuantity,
  deviceColumns,
  flags,
  received,
  type Subject,
  unusualReadings,
} from './shared-panels.ts';
import { table } from './tables.ts';
import { TEXTS } from './texts.ts';
import { grafanaUnit, rangeOf } from './units.ts';

const MEASUREMENT = 'waste';
const QUANTITIES = ['fill_level', 'time_until_full', 'distance'] as const;

const FILL_RANGE = rangeOf('fill_level');
/** Percent full: plan a visit, then go. */
const FILL_COLORS = steps('green', [60, 'yellow'], [80, 'red']);
/** Days until full: today, this week, later. */
const DAYS_COLORS = steps('red', [1, 'yellow'], [3, 'green']);
/** Percentage points; a bin that loses this much between two readings was emptied, waste that settles loses less. */
const EMPTIED_POINTS = 20;

/** The dashboard for the people who plan the rounds. */
export function wasteDashboard(language: Language): DashboardBuilder {
  const texts = TEXTS[language];
  const words = texts.waste;
  const subject: Subject = {
    texts,
    language,
    measurement: MEASUREMENT,
    quantities: QUANTITIES,
    gapMinutes: 370,
  };
  return frame({
    uid: 'byflyt-waste',
    text: words,
    texts,
    measurement: MEASUREMENT,
    quantities: QUANTITIES,
    from: 'now-14d',
  })
    .withVariable(fillLimit(words.limit))
    .withRow(new RowBuilder(rowTitle(texts.row.now)))
    .withPanel(toEmpty(subject))
    .withPanel(fillNow(subject))
    .withPanel(binTable(subject))
    .withPanel(activeAlarms(subject))
    .withRow(new RowBuilder(rowTitle(texts.row.overTime)))
    .withPanel(checkedQuantity(subject, 'fill_level', words.fill).min(FILL_RANGE[0]).max(FILL_RANGE[1]))
    .withPanel(daysOverTime(subject))
    .withPanel(emptied(subject))
    .withRow(new RowBuilder(rowTitle(texts.row.trust)))
    .withPanel(checkedQuantity(subject, 'distance', words.distance).decimals(2))
    .withPanel(unusualReadings(subject))
    .withPanel(received(subject, 'distance'))
    .withPanel(flags(subject, 'distance'));
}

function fillLimit(label: string): CustomVariableBuilder {
  const choices = ['60', '70', '80', '90'];
  return new CustomVariableBuilder('limit')
    .label(label)
    .values(choices.join(','))
    .options(choices.map((choice) => ({ text: choice, value: choice, selected: choice === '80' })))
    .current({ text: '80', value: '80' });
}

function toEmpty({ texts }: Subject) {
  const targets = [seriesQuery(queries.binsToEmpty(variable('limit')), texts.waste.toEmpty.title)];
  const text = texts.waste.toEmpty;
  const basics = { text, unit: units.Short, decimals: 0, span: 6, height: 9, noValue: '0', targets };
  return numbers(basics, steps('green', [1, 'orange']));
}

function fillNow({ texts }: Subject) {
  const text = texts.waste.fillNow;
  const unit = grafanaUnit('fill_level');
  const targets = [seriesQuery(queries.newestUsable(MEASUREMENT, 'fill_level'))];
  const basics = { text, unit, decimals: 0, span: 18, height: 9, noValue: texts.noReading, targets };
  return bars(basics, FILL_RANGE, FILL_COLORS);
}

function binTable({ texts, language }: Subject) {
  const { column, waste } = texts;
  const label = (quantity: QuantityId) => quantityLabel(quantity, language);
  const percent = grafanaUnit('fill_level');
  const days = grafanaUnit('time_until_full');
  const columns = [
    { field: 'fill_level', label: label('fill_level'), unit: percent, decimals: 0, colors: FILL_COLORS },
    {
      field: 'time_until_full',
      label: label('time_until_full'),
      unit: days,
      decimals: 1,
      colors: DAYS_COLORS,
    },
    { field: 'distance', label: label('distance'), unit: grafanaUnit('distance'), decimals: 2 },
    { field: 'distance_qc', label: column.check, words: flagWords(texts) },
  ];
  const fields = columns.map(({ field }) => field);
  return table(
    {
      text: waste.bins,
      unit: units.Short,
      span: 24,
      height: 9,
      noValue: texts.noReading,
      targets: [tableQuery(queries.newestReadings(MEASUREMENT, fields))],
    },
    column.age,
    [...deviceColumns(texts), ...columns],
    true,
  );
}

function daysOverTime(subject: Subject) {
  const { texts, gapMinutes } = subject;
  const targets = [seriesQuery(queries.fieldSeries(MEASUREMENT, 'time_until_full'), DEVICE_LEGEND)];
  const text = texts.waste.daysUntilFull;
  const unit = grafanaUnit('time_until_full');
  const basics = { text, unit, decimals: 1, span: 12, height: 9, noValue: texts.waste.noForecast, targets };
  return lines(basics, gapMinutes).min(0);
}

function emptied({ texts }: Subject) {
  const { column, waste } = texts;
  return table(
    {
      text: waste.emptied,
      unit: units.Short,
      span: 12,
      height: 9,
      noValue: waste.notEmptied,
      targets: [tableQuery(queries.emptyings(EMPTIED_POINTS))],
    },
    column.time,
    [
      ...deviceColumns(texts),
      { field: 'change', label: waste.column.change, unit: units.Percent, decimals: 0 },
    ],
  );
}
