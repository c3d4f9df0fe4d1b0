/** Panels that several dashboards have: a quantity over time, unusual readings, alarms, missing and doubted values. */
import type { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { SEVERITIES, type Severity } from '../nodes/alarm/alarm-state.ts';
import type { AreaId } from '../nodes/observation/areas.ts';
import { quantityLabel } from '../nodes/observation/labels.ts';
import type { Language } from '../nodes/observation/messages.ts';
import type { QuantityId } from '../nodes/observation/quantities.ts';
import { DEVICE_LEGEND, seriesQuery, tableQuery } from './influxql.ts';
import {
  dots,
  FLAGS,
  faint,
  flagWords,
  lines,
  numbers,
  oneColor,
  stackedBars,
  type steps,
  wordsFor,
} from './panels.ts';
import * as queries from './queries.ts';
import { type Column, table } from './tables.ts';
import type { PanelText, Texts } from './texts.ts';
import { grafanaUnit } from './units.ts';

/** What a dashboard is about. */
export interface Subject {
  texts: Texts;
  language: Language;
  /** The area's measurement. */
  measurement: AreaId;
  /** What its sensors measure, in the order that people care. */
  quantities: readonly QuantityId[];
  /** Minutes without a reading after which a line breaks. */
  gapMinutes: number;
}

/** How the newest numbers of a quantity are shown; `span` in columns of 24. */
interface NumbersChoice {
  text: PanelText;
  colors: ReturnType<typeof steps>;
  decimals?: number;
  span?: number;
}

const SEVERITY_COLORS: Readonly<Record<Severity, string>> = {
  information: 'blue',
  warning: 'orange',
  critical: 'red',
};

/** The columns that name a device, for staff. */
export function deviceColumns(texts: Texts): Column[] {
  return [
    { field: 'site', label: texts.column.place, width: 180 },
    { field: 'device', label: texts.column.device, width: 200 },
  ];
}

/**
 * A checked quantity over time. Values that a check doubted or rejected are red dots beside the line, and where a
 * value was unusual a blue dot shows what was expected. `description` says what a line is.
 */
export function checkedQuantity(
  subject: Subject,
  quantity: QuantityId,
  description: string,
): TimeSeriesBuilder {
  const { measurement, texts, language } = subject;
  const panel = lines(
    {
      text: { title: quantityLabel(quantity, language), description: `${description} ${texts.chartHelp}` },
      unit: grafanaUnit(quantity),
      decimals: 1,
      span: 24,
      height: 10,
      noValue: texts.noReading,
      targets: [
        seriesQuery(queries.usableSeries(measurement, quantity), DEVICE_LEGEND, 'A'),
        seriesQuery(
          queries.flaggedValues(measurement, quantity),
          `${texts.needsALook}: ${DEVICE_LEGEND}`,
          'B',
        ),
        seriesQuery(queries.expectedValues(quantity), `${texts.expected}: ${DEVICE_LEGEND}`, 'C'),
        seriesQuery(queries.normalBand(quantity, 'lower'), `${texts.column.lower}: ${DEVICE_LEGEND}`, 'D'),
        seriesQuery(queries.normalBand(quantity, 'upper'), `${texts.column.upper}: ${DEVICE_LEGEND}`, 'E'),
      ],
    },
    subject.gapMinutes,
  );
  return panel
    .overrideByQuery('B', dots('red'))
    .overrideByQuery('C', dots('blue'))
    .overrideByQuery('D', faint('blue'))
    .overrideByQuery('E', faint('blue'));
}

/** The newest trusted value at each place, as a number in a colour. */
export function newestNumbers(
  { texts, measurement }: Subject,
  quantity: QuantityId,
  { text, colors, decimals = 1, span = 12 }: NumbersChoice,
) {
  const unit = grafanaUnit(quantity);
  const targets = [seriesQuery(queries.newestUsable(measurement, quantity))];
  return numbers({ text, unit, decimals, span, height: 5, noValue: texts.noReading, targets }, colors);
}

/** The newest reading of each device, with what the checks say of each value. */
export function newestTable(subject: Subject, text: PanelText, decimals = 1): TableBuilder {
  const { texts, language, measurement, quantities } = subject;
  const columns = quantities.flatMap((quantity) => [
    { field: quantity, label: quantityLabel(quantity, language), unit: grafanaUnit(quantity), decimals },
    { field: `${quantity}_qc`, label: texts.column.check, words: flagWords(texts) },
  ]);
  const fields = columns.map(({ field }) => field);
  const targets = [tableQuery(queries.newestReadings(measurement, fields))];
  return table(
    { text, unit: units.Short, span: 24, height: 6, noValue: texts.noReading, targets },
    texts.column.age,
    [...deviceColumns(texts), ...columns],
    true,
  );
}

/** Readings per hour and device: a low or missing bar is missing data. */
export function received(subject: Subject, quantity: QuantityId): TimeSeriesBuilder {
  return stackedBars({
    text: subject.texts.received,
    unit: units.Short,
    decimals: 0,
    span: 12,
    height: 8,
    noValue: subject.texts.noReading,
    targets: [seriesQuery(queries.readingsPerHour(subject.measurement, quantity))],
  });
}

/** How many values per hour got which quality flag. */
export function flags(subject: Subject, quantity: QuantityId): TimeSeriesBuilder {
  const { measurement, texts } = subject;
  const panel = stackedBars({
    text: texts.flags,
    unit: units.Short,
    decimals: 0,
    span: 12,
    height: 8,
    noValue: texts.noReading,
    targets: FLAGS.map(({ flag, name }) =>
      seriesQuery(queries.flagsPerHour(measurement, quantity, flag), texts.flag[name], `F${flag}`),
    ),
  });
  for (const { flag, color } of FLAGS) panel.overrideByQuery(`F${flag}`, oneColor(color));
  return panel;
}

/** What the detectors found, each with the sentence that says why. */
export function unusualReadings({
  texts,
  language,
  quantities,
}: Pick<Subject, 'texts' | 'language' | 'quantities'>): TableBuilder {
  const { column } = texts;
  const names = Object.fromEntries(quantities.map((id) => [id, { text: quantityLabel(id, language) }]));
  return table(
    {
      text: texts.unusual,
      unit: units.Short,
      decimals: 1,
      span: 24,
      height: 8,
      noValue: texts.nothingUnusual,
      targets: [tableQuery(queries.unusualReadings())],
    },
    column.time,
    [
      ...deviceColumns(texts),
      { field: 'quantity', label: column.quantity, width: 160, words: [wordsFor(names)] },
      { field: 'value', label: column.value, width: 80 },
      { field: 'expected', label: column.expected, width: 100 },
      { field: 'lower', label: column.lower, width: 110 },
      { field: 'upper', label: column.upper, width: 110 },
      { field: 'score', label: column.score, unit: units.PercentUnit, decimals: 0, width: 110 },
      { field: 'sentence', label: column.why },
    ],
  );
}

/** Alarms that are on now; the last year is searched, whatever range the dashboard shows: some stay on for long. */
export function activeAlarms({ texts }: Pick<Subject, 'texts'>): TableBuilder {
  const { column } = texts;
  const severities = Object.fromEntries(
    SEVERITIES.map((severity) => [
      severity,
      { text: texts.severity[severity], color: SEVERITY_COLORS[severity] },
    ]),
  );
  return table(
    {
      text: texts.alarms,
      unit: units.String,
      span: 24,
      height: 6,
      noValue: texts.noAlarm,
      targets: [tableQuery(queries.activeAlarms())],
    },
    column.since,
    [
      ...deviceColumns(texts),
      { field: 'alarm', label: column.alarm, width: 180 },
      { field: 'severity', label: column.severity, width: 120, words: [wordsFor(severities)] },
      { field: 'sentence', label: column.why },
    ],
  ).timeFrom('365d');
}
