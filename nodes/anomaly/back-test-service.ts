import type { Device } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { ConfigurationError, MessageError } from '../observation/errors.ts';
import { quantityLabel, unitSymbol } from '../observation/labels.ts';
import type { Language } from '../observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { Store } from '../timeseries/store.ts';
import { type BackTest, backTest } from './back-test.ts';
import { feedbackOf } from './feedback.ts';
import { isHolidayCountry } from './holidays.ts';

export interface BackTestSources {
  registry: Pick<DeviceRegistry, 'list' | 'get'>;
  state: StateStore;
  store(sandbox: boolean): Store;
  timeZone: string;
}

/** What the form asks, as it stands in the address; all but `device` only where it is needed. */
export interface BackTestQuery {
  device?: unknown;
  quantity?: unknown;
  /** Days (YYYY-MM-DD), UTC, both included. */
  from?: unknown;
  to?: unknown;
  /** Country, as in the node. */
  holidays?: unknown;
}

interface Choice {
  id: string;
  label: string;
}

const DAY = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The devices, by name. */
export function deviceChoices({ registry }: BackTestSources, language: Language): Choice[] {
  const choices = registry
    .list()
    .map(({ id, name, site }) => ({ id, label: site ? `${name} (${site})` : name }));
  return choices.sort((a, b) => a.label.localeCompare(b.label, language));
}

/** The measured numbers that are stored of a device, by name. Throws what the store throws. */
export async function quantityChoices(
  sources: BackTestSources,
  query: BackTestQuery,
  language: Language,
): Promise<Choice[]> {
  const device = deviceOf(sources, query);
  const store = sources.store(device.sandbox === true);
  const known = [...((await store.fieldTypes()).get(device.area)?.keys() ?? [])].filter(isNumeric);
  if (known.length === 0) return [];
  const rows = await store.latest({ measurement: device.area, fields: known, where: { device: device.id } });
  const found = known.filter((id) => rows.some(({ values }) => values[id] !== undefined));
  const choices = found.map((id) => ({ id, label: quantityLabel(id, language) }));
  return choices.sort((a, b) => a.label.localeCompare(b.label, language));
}

/** The back-test with the unit of its values. Throws MessageError that says what to choose. */
export async function runBackTest(
  sources: BackTestSources,
  query: BackTestQuery,
  language: Language,
): Promise<BackTest & { unit: string }> {
  const device = deviceOf(sources, query);
  const { quantity } = query;
  if (typeof quantity !== 'string' || !isNumeric(quantity)) {
    throw new MessageError({ key: 'anomaly.error.back_test_quantity' });
  }
  const [from, to] = [dayOf(query.from), dayOf(query.to) + DAY];
  if (from >= to) throw new MessageError({ key: 'anomaly.error.back_test_period' });
  const feedback = feedbackOf(sources.state, device.id, quantity);
  const { timeZone } = sources;
  const holidays = String(query.holidays ?? '');
  const store = sources.store(device.sandbox === true);
  const result = await backTest(store, {
    device,
    quantity,
    from,
    to,
    language,
    timeZone,
    feedback,
    ...(isHolidayCountry(holidays) && { holidays }),
  });
  return { ...result, unit: unitSymbol(QUANTITIES[quantity].unit) };
}

function deviceOf({ registry }: BackTestSources, { device }: BackTestQuery): Device {
  const found = typeof device === 'string' ? registry.get(device) : undefined;
  if (found) return found;
  throw new ConfigurationError({ key: 'anomaly.error.back_test_device' });
}

function isNumeric(id: string): id is QuantityId {
  return isQuantity(id) && QUANTITIES[id].valueType === 'number';
}

function dayOf(text: unknown): number {
  const time = typeof text === 'string' && DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new MessageError({ key: 'anomaly.error.back_test_period' });
}
