/** Ski trails: snow temperature and moisture at the places along the track. */
import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { quantityLabel } from '../nodes/observation/labels.ts';
import type { Language } from '../nodes/observation/messages.ts';
import type { QuantityId } from '../nodes/observation/quantities.ts';
import { frame, rowTitle } from './frame.ts';
import { seriesQuery, tableQuery } from './influxql.ts';
import { flagWords, numbers, steps } from './panels.ts';
import { newestReadings, newestUsable } from './queries.ts';
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
import { type PanelText, TEXTS } from './texts.ts';
import { grafanaUnit } from './units.ts';

const MEASUREMENT = 'ski_trail';
const QUANTITIES = ['snow_temperature', 'snow_humidity'] as const;

/** Snow at 0 °C and above is wet: other wax, softer tracks. */
const SNOW_COLORS = steps('blue', [0, 'orange']);
/** Loose from about a quarter of water, slush from about a half. */
const MOISTURE_COLORS = steps('blue', [25, 'yellow'], [50, 'orange']);

/** The dashboard for the people who prepare the tracks. Sensors there report every 20 minutes. */
export function skiTrailDashboard(language: Language): DashboardBuilder {
  const texts = TEXTS[language];
  const words = texts.skiTrail;
  const subject: Subject = {
    texts,
    language,
    measurement: MEASUREMENT,
    quantities: QUANTITIES,
    gapMinutes: 65,
  };
  return frame({
    uid: 'byflyt-ski-trail',
    text: words,
    texts,
    measurement: MEASUREMENT,
    quantities: QUANTITIES,
    from: 'now-2d',
  })
    .withRow(new RowBuilder(rowTitle(texts.row.now)))
    .withPanel(nowPanel(subject, 'snow_temperature', words.temperatureNow, SNOW_COLORS))
    .withPanel(nowPanel(subject, 'snow_humidity', words.moistureNow, MOISTURE_COLORS))
    .withPanel(newestTable(subject))
    .withPanel(activeAlarms(subject))
    .withRow(new RowBuilder(rowTitle(texts.row.overTime)))
    .withPanel(checkedQuantity(subject, 'snow_temperature', words.place))
    .withPanel(checkedQuantity(subject, 'snow_humidity', words.place))
    .withRow(new RowBuilder(rowTitle(texts.row.trust)))
    .withPanel(unusualReadings(subject))
    .withPanel(received(subject, 'snow_temperature'))
    .withPanel(flags(subject, 'snow_temperature'));
}

function nowPanel(
  { texts }: Subject,
  quantity: QuantityId,
  text: PanelText,
  colors: ReturnType<typeof steps>,
) {
  const unit = grafanaUnit(quantity);
  const targets = [seriesQuery(newestUsable(MEASUREMENT, quantity))];
  return numbers({ text, unit, decimals: 1, span: 12, height: 5, noValue: texts.noReading, targets }, colors);
}

function newestTable({ texts, language }: Subject) {
  const { column } = texts;
  const columns = QUANTITIES.flatMap((quantity) => [
    { field: quantity, label: quantityLabel(quantity, language), unit: grafanaUnit(quantity), decimals: 1 },
    { field: `${quantity}_qc`, label: column.check, words: flagWords(texts) },
  ]);
  const fields = columns.map(({ field }) => field);
  return table(
    {
      text: texts.skiTrail.newest,
      unit: 'short',
      span: 24,
      height: 6,
      noValue: texts.noReading,
      targets: [tableQuery(newestReadings(MEASUREMENT, fields))],
    },
    column.age,
    [...deviceColumns(texts), ...columns],
    true,
  );
}
