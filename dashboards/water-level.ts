/** Water level: rivers, lakes and basins, now and over time. */
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

const MEASUREMENT = 'water';
const QUANTITIES = ['water_level'] as const;

/** m: the limits of the shipped flow's alarm, and a little before it. Each place has its own zero. */
const LEVEL_COLORS = steps('blue', [2.5, 'yellow'], [3, 'red']);

/** The dashboard for those who look after rivers and basins. Gauges report every 10 to 60 minutes. */
export function waterLevelDashboard(language: Language): DashboardBuilder {
  const texts = TEXTS[language];
  const words = texts.waterLevel;
  const subject: Subject = {
    texts,
    language,
    measurement: MEASUREMENT,
    quantities: QUANTITIES,
    gapMinutes: 185,
  };
  return frame({
    uid: 'byflyt-water-level',
    text: words,
    texts,
    measurement: MEASUREMENT,
    quantities: QUANTITIES,
    from: 'now-7d',
  })
    .withRow(new RowBuilder(rowTitle(texts.row.now)))
    .withPanel(
      newestNumbers(subject, 'water_level', {
        text: words.levelNow,
        colors: LEVEL_COLORS,
        decimals: 2,
        span: 24,
      }),
    )
    .withPanel(newestTable(subject, words.newest, 2))
    .withPanel(activeAlarms(subject))
    .withRow(new RowBuilder(rowTitle(texts.row.overTime)))
    .withPanel(checkedQuantity(subject, 'water_level', words.place).decimals(2))
    .withRow(new RowBuilder(rowTitle(texts.row.trust)))
    .withPanel(unusualReadings(subject))
    .withPanel(received(subject, 'water_level'))
    .withPanel(flags(subject, 'water_level'));
}
