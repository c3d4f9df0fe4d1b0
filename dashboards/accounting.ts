/** Loss accounting: is everything that was received stored, and if not, where is it and why. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { AREAS } from '../nodes/observation/areas.ts';
import { type Language, translate } from '../nodes/observation/messages.ts';
import * as queries from './accounting-queries.ts';
import { choice, frame, rowTitle } from './frame.ts';
import { seriesQuery, tableQuery } from './influxql.ts';
import {
  dots,
  lines,
  numbers,
  oneColor,
  type PanelBasics,
  stackedBars,
  steps,
  thresholds,
  wordsFor,
} from './panels.ts';
import { reasons } from './reasons.ts';
import { type Column, table } from './tables.ts';
import { type PanelText, TEXTS, type Texts } from './texts.ts';

/** What must be nought, in either direction. */
const NOUGHT = steps('red', [0, 'green'], [1, 'red']);
/** What is well if it is nought, and no loss if it is not. */
const FEW = steps('green', [1, 'orange']);
/** Share of a limit. */
const SHARE = steps('green', [0.5, 'orange'], [0.95, 'red']);

/** Ends of a message, in the order of the stack, with their colours. */
const ENDS = [
  { field: 'stored', color: 'green' },
  { field: 'dropped', color: 'blue' },
  { field: 'rejected', color: 'orange' },
  { field: 'queued', color: 'yellow' },
  { field: 'in_flow', color: 'text' },
  { field: 'unaccounted', color: 'red' },
] as const;

/** Minutes between two figures of what waits. */
const GAP_MINUTES = 10;

/** The dashboard for those who must prove that what was received is stored. */
export function accountingDashboard(language: Language): DashboardBuilder {
  const texts = TEXTS[language];
  const words = texts.accounting;
  return frame({ uid: 'byflyt-accounting', text: words, texts, from: 'now-7d' })
    .withVariable(choice('area', words.area, queries.areas()).allValue('.*'))
    .withRow(new RowBuilder(rowTitle(words.row.sum)))
    .withPanel(number(texts, words.missing, queries.dayTotal('missing'), NOUGHT))
    .withPanel(number(texts, words.unaccounted, queries.dayTotal('unaccounted'), NOUGHT))
    .withPanel(number(texts, words.lost, queries.dayTotal('lost'), NOUGHT))
    .withPanel(number(texts, words.queued, queries.dayTotal('queued'), FEW))
    .withPanel(ends(texts))
    .withRow(new RowBuilder(rowTitle(words.row.why)))
    .withPanel(rejected(texts, language))
    .withPanel(devices(texts, language))
    .withRow(new RowBuilder(rowTitle(words.row.waiting)))
    .withPanel(backlogShare(texts))
    .withPanel(trend(texts, words.waiting, queries.backlog('waiting'), units.Short))
    .withPanel(trend(texts, words.age, queries.backlog('age'), units.Seconds))
    .withPanel(latency(texts));
}

function number(texts: Texts, text: PanelText, query: string, colors: ReturnType<typeof steps>) {
  const targets = [seriesQuery(query, text.title)];
  const { noAccount } = texts.accounting;
  return numbers(
    { text, unit: units.Short, decimals: 0, span: 6, height: 6, noValue: noAccount, targets },
    colors,
  );
}

/** Received as a line over the stack of what became of it: they meet if nothing is missing. */
function ends(texts: Texts) {
  const { accounting } = texts;
  const panel = stackedBars({
    text: accounting.ends,
    unit: units.Short,
    decimals: 0,
    span: 24,
    height: 9,
    noValue: accounting.noAccount,
    targets: [
      ...ENDS.map(({ field }) => seriesQuery(queries.perDay(field), accounting.end[field], field)),
      seriesQuery(queries.perDay('received'), accounting.end.received, 'received'),
    ],
  });
  for (const { field, color } of ENDS) panel.overrideByQuery(field, oneColor(color));
  return panel.overrideByQuery('received', [
    ...dots('purple'),
    { id: 'custom.stacking', value: { mode: StackingMode.None } },
  ]);
}

function rejected(texts: Texts, language: Language) {
  const { column, rejected: text, nothingRejected } = texts.accounting;
  return listing({ text, noValue: nothingRejected, span: 24 }, queries.rejected(), texts.column.time, [
    areaColumn(texts, language),
    { field: 'reason', label: column.reason, words: [wordsFor(reasons(language))] },
    { field: 'count', label: column.messages, decimals: 0, width: 120 },
  ]);
}

function devices(texts: Texts, language: Language) {
  const { end, devices: text, nothingLost, someDevice } = texts.accounting;
  return listing({ text, noValue: nothingLost, span: 24 }, queries.devicesWithLosses(), texts.column.time, [
    areaColumn(texts, language),
    { field: 'device', label: texts.column.device, words: [wordsFor({ unknown: { text: someDevice } })] },
    { field: 'rejected', label: end.rejected, decimals: 0, width: 120 },
    { field: 'unaccounted', label: end.unaccounted, decimals: 0, width: 140 },
    { field: 'received', label: end.received, decimals: 0, width: 120 },
  ]);
}

function listing(
  basics: Pick<PanelBasics, 'text' | 'noValue' | 'span'>,
  query: string,
  timeLabel: string,
  columns: readonly Column[],
) {
  const targets = [tableQuery(query)];
  return table({ ...basics, unit: units.Short, height: 8, targets }, timeLabel, columns);
}

function areaColumn(texts: Texts, language: Language): Column {
  const names = AREAS.map((id) => [id, { text: translate(language, `observation.area.${id}`) }] as const);
  const words = { ...Object.fromEntries(names), unknown: { text: texts.accounting.someArea } };
  return { field: 'area', label: texts.accounting.area, width: 180, words: [wordsFor(words)] };
}

function backlogShare(texts: Texts) {
  const panel = trend(texts, texts.accounting.share, queries.backlog('share'), units.PercentUnit);
  return panel.min(0).max(1).thresholds(thresholds(SHARE)).thresholdsStyle(asLines());
}

function asLines() {
  return new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
}

function trend(texts: Texts, text: PanelText, query: string, unit: string) {
  const targets = [seriesQuery(query, '$tag_outbox')];
  const noValue = texts.accounting.nothingWaits;
  return lines({ text, unit, decimals: 0, span: 12, height: 8, noValue, targets }, GAP_MINUTES);
}

function latency(texts: Texts) {
  const { latency: text, mean, longest, noWrites } = texts.accounting;
  const targets = [
    seriesQuery(queries.writes('mean', 'mean'), mean, 'A'),
    seriesQuery(queries.writes('longest', 'max'), longest, 'B'),
  ];
  return lines(
    { text, unit: units.Seconds, decimals: 3, span: 12, height: 8, noValue: noWrites, targets },
    GAP_MINUTES,
  );
}
