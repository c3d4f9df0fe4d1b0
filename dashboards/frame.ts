/** The frame around the panels: choices at the top, event marks, links between the dashboards. */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { AreaId } from '../nodes/observation/areas.ts';
import type { QuantityId } from '../nodes/observation/quantities.ts';
import type { DEVICE_HEALTH } from '../nodes/timeseries/points.ts';
import { annotationQuery, DATASOURCE, variable } from './influxql.ts';
import { alarmEvents, anomalyEvents, doubtedEvents } from './queries.ts';
import type { PanelText, Texts } from './texts.ts';

/** All dashboards carry it; the links at the top find the others by it. */
const TAG = 'byflyt';

export interface FrameOptions {
  /** Stays the same for ever and in all languages: links and bookmarks use it. */
  uid: string;
  text: PanelText;
  texts: Texts;
  /** Where the lists of places and devices come from; without it there are none, and no event marks. */
  measurement?: AreaId | typeof DEVICE_HEALTH;
  /** What the sensors measure, for marks where a check doubted a reading. */
  quantities?: readonly QuantityId[];
  /** Whether the page is about a single sensor. */
  single?: boolean;
  /** Range at the start, for example `now-2d`. */
  from: string;
}

/** An empty dashboard with data source, place and device to choose, and marks for alarms and unusual readings. */
export function frame(options: FrameOptions): DashboardBuilder {
  const { text, texts, measurement, quantities, single = false } = options;
  const dashboard = new DashboardBuilder(text.title)
    .uid(options.uid)
    .description(text.description)
    .tags([TAG])
    .time({ from: options.from, to: 'now' })
    .timezone('browser')
    .weekStart('monday')
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([datasource(texts), ...(measurement ? placeAndDevice(texts, measurement, single) : [])])
    .link(otherDashboards(texts));
  if (!measurement) return dashboard;
  const marks = [
    eventMarks(texts.mark.alarm, 'red', alarmEvents(), 'sentence', 'site,alarm'),
    eventMarks(texts.mark.anomaly, 'orange', anomalyEvents(), 'sentence', 'site,quantity'),
  ];
  if (quantities) {
    marks.push(
      eventMarks(texts.mark.doubted, 'yellow', doubtedEvents(measurement, quantities), 'device', 'site'),
    );
  }
  return dashboard.annotations(marks);
}

/** A row's title with the name of the data source, so that sandbox data say so in every part of the page. */
export function rowTitle(title: string): string {
  return `${title} · ${variable('datasource', 'text')}`;
}

function datasource(texts: Texts): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource')
    .label(texts.choose.datasource)
    .type('influxdb')
    .regex('/^Byflyt/')
    .current({ text: 'Byflyt', value: 'byflyt' });
}

/**
 * "All" devices is the list of this area's devices, because alarms and unusual readings of all areas share measurements;
 * "all" places is any, because a device may have none.
 */
function placeAndDevice(texts: Texts, measurement: string, single: boolean): QueryVariableBuilder[] {
  const values = (key: string) => `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${key}"`;
  const inPlace = `WHERE "site" =~ /^${variable('site', 'regex')}$/`;
  const device = choice('device', texts.choose.device, `${values('device')} ${inPlace}`);
  return [choice('site', texts.choose.place, values('site')).allValue('.*'), single ? one(device) : device];
}

/** The same choice, of one value; Grafana begins with the first. */
function one(variableOfMany: QueryVariableBuilder): QueryVariableBuilder {
  return variableOfMany.multi(false).includeAll(false).current({ text: '', value: '' });
}

/** Values that the reader chooses from, any number of them. */
export function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .current({ text: ['All'], value: ['$__all'] });
}

function eventMarks(
  name: string,
  color: string,
  query: string,
  textColumn: string,
  tagsColumn: string,
): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(color)
    .target(annotationQuery(query, { name, textColumn, tagsColumn }));
}

function otherDashboards(texts: Texts): DashboardLinkBuilder {
  return new DashboardLinkBuilder(texts.otherDashboards)
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(false);
}
