/** Panels that look and behave alike on every dashboard. Units, ranges and names come from the quantity vocabulary. */

import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './influxql.ts';
import type { PanelText, Texts } from './texts.ts';

/** What every panel says of itself. */
export interface PanelBasics {
  text: PanelText;
  unit: string;
  decimals?: number;
  /** Columns of 24 and rows of about 30 px. */
  span: number;
  height: number;
  /** Shown where there is no data: a sentence, not an empty box. */
  noValue: string;
  targets: Builder<Dataquery>[];
}

/** Colour from a value upwards; the first has no lower end. */
export function steps(first: string, ...others: [from: number, color: string][]): Threshold[] {
  return [{ value: null, color: first }, ...others.map(([value, color]) => ({ value, color }))];
}

/** Colours by value, for panels that colour or draw limits. */
export function thresholds(colors: Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(colors);
}

function newest(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);
}

/** One big number per series, coloured by `colors`. */
export function numbers(basics: PanelBasics, colors: Threshold[]): StatBuilder {
  const panel = new StatBuilder()
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Auto)
    .reduceOptions(newest())
    .thresholds(thresholds(colors))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  return withBasics(panel, basics);
}

/** One horizontal bar per series from `min` to `max`, coloured by `colors`. */
export function bars(
  basics: PanelBasics,
  range: [min: number, max: number],
  colors: Threshold[],
): BarGaugeBuilder {
  const panel = new BarGaugeBuilder()
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .namePlacement(BarGaugeNamePlacement.Left)
    .showUnfilled(true)
    .reduceOptions(newest())
    .min(range[0])
    .max(range[1])
    .thresholds(thresholds(colors))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  return withBasics(panel, basics);
}

/**
 * Lines over time with a legend that gives newest, least and greatest value.
 * A line breaks where readings are more than `gapMinutes` apart, so that missing data is seen.
 */
export function lines(basics: PanelBasics, gapMinutes: number): TimeSeriesBuilder {
  const panel = chart(['lastNotNull', 'min', 'max'])
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Auto)
    .pointSize(4)
    .insertNulls(gapMinutes * 60_000)
    .interval('1m')
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  return withBasics(panel, basics);
}

/** Bars over time, one on top of the other. */
export function stackedBars(basics: PanelBasics): TimeSeriesBuilder {
  const panel = chart(['sum'])
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .min(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  return withBasics(panel, basics);
}

function chart(calcs: string[]): TimeSeriesBuilder {
  const legend = new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(calcs);
  return new TimeSeriesBuilder()
    .legend(legend)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

interface BasicPanel<T> extends Builder<Panel> {
  title(title: string): T;
  description(description: string): T;
  unit(unit: string): T;
  decimals(decimals: number): T;
  span(columns: number): T;
  height(rows: number): T;
  noValue(text: string): T;
  targets(targets: Builder<Dataquery>[]): T;
  datasource(datasource: typeof DATASOURCE): T;
}

/** Puts the parts that every panel has on a panel of any kind. */
export function withBasics<T extends BasicPanel<T>>(panel: T, basics: PanelBasics): T {
  panel
    .title(basics.text.title)
    .description(basics.text.description)
    .unit(basics.unit)
    .span(basics.span)
    .height(basics.height)
    .noValue(basics.noValue)
    .targets(basics.targets)
    .datasource(DATASOURCE);
  return basics.decimals === undefined ? panel : panel.decimals(basics.decimals);
}

/** Large dots in one colour without a line, for single values beside it. */
export function dots(color: string): DynamicConfigValue[] {
  return [
    { id: 'custom.drawStyle', value: GraphDrawStyle.Points },
    { id: 'custom.pointSize', value: 9 },
    ...oneColor(color),
  ];
}

/** A thin dashed line in one colour, for the edges of what is normal. */
export function faint(color: string): DynamicConfigValue[] {
  return [
    { id: 'custom.lineWidth', value: 1 },
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 6] } },
    { id: 'custom.showPoints', value: VisibilityMode.Never },
    ...oneColor(color),
  ];
}

/** One colour for all series of a query. */
export function oneColor(color: string): DynamicConfigValue[] {
  return [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } }];
}

/** QARTOD flags with the colour they have on every dashboard; their words are `texts.flag`. */
export const FLAGS = [
  { flag: 1, name: 'pass', color: 'green' },
  { flag: 2, name: 'notEvaluated', color: 'text' },
  { flag: 3, name: 'suspect', color: 'yellow' },
  { flag: 4, name: 'fail', color: 'red' },
  { flag: 9, name: 'missing', color: 'purple' },
] as const;

/** Shows words in place of values. */
export function wordsFor(options: ValueMap['options']): ValueMap {
  return { type: MappingType.ValueToText, options };
}

/** Shows QARTOD flags as words. */
export function flagWords(texts: Texts): ValueMap[] {
  const options = FLAGS.map(
    ({ flag, name, color }) => [String(flag), { text: texts.flag[name], color }] as const,
  );
  return [wordsFor(Object.fromEntries(options))];
}
