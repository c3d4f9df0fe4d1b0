/** Ski trails: snow temperature and moisture at the places along the track. */
import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Language } from '../nodes/observation/messages.ts';
import { frame, rowTitle } from './frame.ts';
import { steps } from './panels.ts';
import {
  activeAlarms,
  checkedQuantity,
  flags,
  newestNumbers,
  newestTable,
  received,
  type Subject,
  unusualReadings,
} from './shared-panels.ts';
import { TEXTS } from './texts.ts';

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
    .withPanel(
      newestNumbers(subject, 'snow_temperature', { text: words.temperatureNow, colors: SNOW_COLORS }),
    )
    .withPanel(newestNumbers(subject, 'snow_humidity', { text: words.moistureNow, colors: MOISTURE_COLORS }))
    .withPanel(newestTable(subject, words.newest))
    .withPanel(activeAlarms(subject))
    .withRow(new RowBuilder(rowTitle(texts.row.overTime)))
    .withPanel(checkedQuantity(subject, 'snow_temperature', words.place))
    .withPanel(checkedQuantity(subject, 'snow_humidity', words.place))
    .withRow(new RowBuilder(rowTitle(texts.row.trust)))
    .withPanel(unusualReadings(subject))
    .withPanel(received(subject, 'snow_temperature'))
    .withPanel(flags(subject, 'snow_temperature'));
}
