/** All dashboards of Byflyt, for one language. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Language } from '../nodes/observation/messages.ts';
import { accountingDashboard } from './accounting.ts';
import { deviceHealthDashboard } from './device-health.ts';
import { sensorDashboard } from './sensor.ts';
import { skiTrailDashboard } from './ski-trail.ts';
import { wasteDashboard } from './waste.ts';
import { waterLevelDashboard } from './water-level.ts';

const BUILDERS = [
  skiTrailDashboard,
  wasteDashboard,
  waterLevelDashboard,
  deviceHealthDashboard,
  sensorDashboard,
  accountingDashboard,
];

/** The dashboards as Grafana's JSON model, with the words of `language`. */
export function dashboards(language: Language): Dashboard[] {
  return BUILDERS.map((build) => numbered(build(language).build()));
}

/** Panels get ids in reading order, so that links to a panel hold as long as the order does. */
function numbered(dashboard: Dashboard): Dashboard {
  const panels = dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 }));
  return panels ? { ...dashboard, panels } : dashboard;
}
