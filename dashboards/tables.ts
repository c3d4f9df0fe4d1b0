/** Tables: columns with words, units and colours. */
import {
  type FieldTextAlignment,
  TableCellDisplayMode,
  TableCellHeight,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, Threshold, ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { type PanelBasics, withBasics } from './panels.ts';

/** A column of a table, by the name it has in the query. */
export interface Column {
  field: string;
  label: string;
  unit?: string;
  decimals?: number;
  /** Pixels. */
  width?: number;
  align?: FieldTextAlignment;
  /** Words for values; they colour the text. */
  words?: ValueMap[];
  /** Colours of the text by value. */
  colors?: Threshold[];
}

/** A table; `timeLabel` heads the time of each row, shown as date and time or (`age`) as "20 minutes ago". */
export function table(
  basics: PanelBasics,
  timeLabel: string,
  columns: readonly Column[],
  age = false,
): TableBuilder {
  const panel = withBasics(new TableBuilder(), basics).cellHeight(TableCellHeight.Sm).filterable(true);
  const time = age ? units.DateTimeFromNow : units.DatetimeLocal;
  panel.overrideByFieldType('time', properties({ field: 'time', label: timeLabel, unit: time, width: 190 }));
  for (const column of columns) panel.overrideByName(column.field, properties(column));
  return panel;
}

function properties(column: Column): DynamicConfigValue[] {
  const colored = column.words ?? column.colors;
  const all: [id: string, value: unknown][] = [
    ['displayName', column.label],
    ['unit', column.unit],
    ['decimals', column.decimals],
    ['custom.width', column.width],
    ['custom.align', column.align],
    ['mappings', column.words],
    ['thresholds', column.colors && { mode: ThresholdsMode.Absolute, steps: column.colors }],
    ['custom.cellOptions', colored && { type: TableCellDisplayMode.ColorText }],
  ];
  return all.filter(([, value]) => value !== undefined).map(([id, value]) => ({ id, value }));
}
