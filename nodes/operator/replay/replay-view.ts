import type { DeviceRegistry } from '../../devices/registry.ts';
import { quantityLabel, unitSymbol } from '../../observation/labels.ts';
import { describeError, intlLocale, type Language, translate } from '../../observation/messages.ts';
import type { Value } from '../../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { problemSentence } from '../problem-words.ts';
import type { DifferenceKind } from './compare-fields.ts';
import type { ReplayJob } from './replay-service.ts';
import type { DeviceSummary, Example, QuantitySummary } from './summary.ts';

/** A replay as the form shows it; all texts are for people. */
export interface ReplayView {
  kind: ReplayJob['kind'];
  state: ReplayJob['state'];
  /** 0 to 1: how far in the period. */
  progress: number;
  /** Why it failed. */
  problem?: string;
  totals: Record<DifferenceKind | 'messages' | 'failures', number>;
  devices: DeviceView[];
}

interface DeviceView {
  id: string;
  name: string;
  messages: number;
  /** How many messages cannot be read, and why the first of them. */
  failures: number;
  failure?: string;
  quantities: {
    label: string;
    counts: Record<DifferenceKind, number>;
    /** ISO 8601 UTC. */
    examples: { time: string; kind: DifferenceKind; old: string; now: string }[];
  }[];
}

type Devices = Pick<DeviceRegistry, 'get'>;

/** Devices with differences first; the form has no use for thousands of the others. */
const DEVICES_SHOWN = 200;

export function viewReplay(job: ReplayJob, registry: Devices, language: Language): ReplayView {
  const { kind, state, summary, problem } = job;
  const all = [...summary.devices].map(([id, device]) => deviceView(id, device, registry, language));
  const interest = ({ quantities, failures }: DeviceView) =>
    Number(quantities.length > 0) * 2 + Number(failures > 0);
  return {
    kind,
    state,
    progress: progressOf(job),
    ...(problem !== undefined && { problem: describeError(problem, language) }),
    totals: totalsOf([...summary.devices.values()]),
    devices: all
      .sort((one, other) => interest(other) - interest(one) || one.name.localeCompare(other.name, language))
      .slice(0, DEVICES_SHOWN),
  };
}

function progressOf({ state, request: { from, to }, summary: { reached } }: ReplayJob): number {
  if (state === 'done') return 1;
  const now = Math.min(to, Date.now());
  return Math.min(1, Math.max(0, ((reached ?? from) - from) / Math.max(1, now - from)));
}

function totalsOf(devices: readonly DeviceSummary[]): ReplayView['totals'] {
  const totals = { changed: 0, added: 0, gone: 0, flag: 0, messages: 0, failures: 0 };
  for (const { messages, failures, quantities } of devices) {
    totals.messages += messages;
    totals.failures += failures;
    for (const { counts } of quantities.values()) {
      for (const kind of ['changed', 'added', 'gone', 'flag'] as const) totals[kind] += counts[kind];
    }
  }
  return totals;
}

function deviceView(id: string, device: DeviceSummary, registry: Devices, language: Language): DeviceView {
  const { messages, failures, problem, quantities } = device;
  return {
    id,
    name: registry.get(id)?.name ?? id,
    messages,
    failures,
    ...(problem && { failure: problemSentence(problem, registry, language) }),
    quantities: [...quantities].map(([quantity, summary]) => quantityView(quantity, summary, language)),
  };
}

function quantityView(
  quantity: QuantityId,
  { counts, examples }: QuantitySummary,
  language: Language,
): DeviceView['quantities'][number] {
  const shown = ({ time, kind, old, now }: Example) => ({
    time: new Date(time).toISOString(),
    kind,
    old: valueText(old, quantity, language),
    now: valueText(now, quantity, language),
  });
  return { label: quantityLabel(quantity, language), counts, examples: examples.map(shown) };
}

function valueText(value: Value | undefined, quantity: QuantityId, language: Language): string {
  if (value === undefined) return '';
  if (typeof value === 'boolean') return translate(language, `devices.word.${value ? 'yes' : 'no'}`);
  if (typeof value === 'string') return value;
  // All digits: two values that look the same would puzzle people.
  const number = new Intl.NumberFormat(intlLocale(language), { maximumSignificantDigits: 12 }).format(value);
  return `${number} ${unitSymbol(QUANTITIES[quantity].unit)}`.trim();
}
