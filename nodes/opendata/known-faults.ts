import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import type { Checks } from './checks.ts';
import { type Html, html } from './html.ts';
import { type PlaceNow, staleAfter } from './place-now.ts';
import { readChecks } from './reader.ts';
import type { Entry } from './site.ts';
import type { Visit } from './visit.ts';
import { momentText } from './wording.ts';

const DAYS = 2;
const DAY = 86_400_000;

/** When values of a place were last checked, and what is known to be wrong there, as rows of a list of facts. */
export async function checkFacts(
  entry: Entry,
  place: PlaceNow,
  visit: Visit,
): Promise<[label: string, value: Html][]> {
  const { dataset, sources } = entry;
  const range = { from: visit.now - DAYS * DAY, places: [place.id] };
  const checks = await readChecks(dataset, sources, range);
  const label = (key: string) => translate(visit.language, `opendata.facts.${key}`);
  const times = checks.flatMap(({ lastChecked }) => lastChecked ?? []);
  const checked: [string, Html][] =
    times.length > 0 ? [[label('checked'), html`${momentText(Math.max(...times), visit.now, visit)}`]] : [];
  const faults = [...silence(entry, place, visit), ...checks.flatMap((each) => faultsOf(each, entry, visit))];
  const told = faults.length > 0 ? faults : [translate(visit.language, 'opendata.fault.none')];
  return [
    ...checked,
    [label('faults'), html`<ul class="plain">${told.map((sentence) => html`<li>${sentence}</li>`)}</ul>`],
  ];
}

/** A place that should have sent long ago. */
function silence(entry: Entry, { time }: PlaceNow, visit: Visit): string[] {
  if (time === undefined || visit.now - time <= staleAfter(entry)) return [];
  const moment = momentText(time, visit.now, visit);
  return [translate(visit.language, 'opendata.fault.silent', { moment })];
}

function faultsOf(
  { quantity, values, failed, suspect, failsNow }: Checks,
  entry: Entry,
  visit: Visit,
): string[] {
  const text = (key: string, count: number) =>
    translate(visit.language, `opendata.fault.${key}`, {
      quantity: quantityLabel(quantity, visit.language),
      count,
      values,
    });
  const fate = entry.dataset.failed === 'mark' ? 'marked' : 'withheld';
  return [
    ...(failsNow ? [text('now', failed)] : []),
    ...(failed > 0 ? [text(fate, failed)] : []),
    ...(suspect > 0 ? [text('suspect', suspect)] : []),
  ];
}
