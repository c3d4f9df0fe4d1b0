import { openAlarmsWithKeys } from '../alarm/alarm-answer.ts';
import { translate } from '../observation/messages.ts';
import { html } from '../opendata/html.ts';
import type { Locale } from '../opendata/wording.ts';
import { alarmSection } from './alarm-section.ts';
import { asideSection } from './aside-section.ts';
import { deviceList } from './device-list.ts';
import { devicesOfArea } from './device-overview.ts';
import { rejectedSection, unknownSection } from './message-sections.ts';
import { publicFeedbackSection } from './public-feedback-section.ts';
import type { OperatorSources } from './sources.ts';
import { workLists } from './work-list.ts';
import { workListSection } from './work-list-section.ts';

/** All that the operator page shows, as markup for its shell. `now` in ms since 1970 UTC. */
export async function operatorContent(
  sources: OperatorSources,
  locale: Locale,
  now: number,
): Promise<string> {
  const text = (key: string) => translate(locale.language, `operator.${key}`);
  const devices = sources.registry.list();
  const areas = [...Map.groupBy(devices, ({ area }) => area)];
  const lists = await Promise.all(
    areas.map(async ([area, members]) =>
      deviceList(area, await devicesOfArea(area, members, sources, now), locale, now),
    ),
  );
  // Nobody can do anything about a device that was taken away.
  const isRegistered = ({ device }: { device?: unknown }) =>
    typeof device !== 'string' || sources.registry.get(device) !== undefined;
  const alarms = openAlarmsWithKeys(sources.state).filter(({ event }) => isRegistered(event));
  const chores = workLists(sources.state).map((list) => ({ ...list, rows: list.rows.filter(isRegistered) }));
  return html`${devices.some(({ sandbox }) => sandbox) && html`<p class="notice">${text('sandbox.on')}</p>`}
${alarmSection(alarms, locale, now)}
${chores.map((list) => workListSection(list, sources.registry, locale, now))}
${publicFeedbackSection(sources.state, locale, now)}
${devices.length === 0 ? html`<p>${text('devices.none')}</p>` : lists}
${unknownSection(sources.registry.unknown.list(), locale, now)}
${asideSection(sources.aside, sources.registry, locale, now)}
${rejectedSection(sources.journal, sources.registry, locale, now)}`.markup;
}
