/** The publication gate: decides for every public output what of a dataset may be seen. What it does not know, it withholds. */
import type { Device } from '../devices/device.ts';
import type { Problem } from '../observation/errors.ts';
import type { QualityFlag, Value } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { FAILED, flagFieldOf } from '../timeseries/quality-fields.ts';
import type { Row } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import { revealsIdentity } from './identity-words.ts';
import { inLanguage } from './localized.ts';
import { isCount, isPrivateArea, type Sensitivity, sensitivityOf } from './sensitivity.ts';

/** The only shape in which a reading leaves the house. */
export interface PublicRow {
  /** Phenomenon time, ms since 1970 UTC; of a value over time the beginning of its period. */
  time: number;
  /** Name of the place that the public knows. */
  place: string;
  values: Partial<Record<QuantityId, Value>>;
  /** QARTOD flags of the values that were checked, where the dataset marks what failed instead of withholding it. */
  quality?: Partial<Record<QuantityId, QualityFlag>>;
}

/** A device that a dataset leaves out; why is in the message catalog as `opendata.withheld.<reason>`. */
export interface Withheld {
  name: string;
  reason: 'unmarked' | 'private' | 'unapproved' | 'unnamed';
}

/** Which devices a dataset may show, and under which names. */
export interface PublicDevices {
  /** True while only sandbox devices measure in the area: then every view says so. */
  sandbox: boolean;
  /** Device id -> name of its place; of values of all places together, the one name that they have. */
  places: ReadonlyMap<string, string>;
  /** Those of them that are at somebody's home or desk. */
  homes: ReadonlySet<string>;
  withheld: readonly Withheld[];
}

/** A value of fewer homes than this would tell of one of them. */
export const FEWEST_HOMES = 5;
/** Counts of people below this are withheld unless two persons agreed on less. */
export const USUAL_FEWEST_PEOPLE = 5;

/** Why nothing of a dataset is published, each as a sentence with what to do. `approved`: somebody else agreed. */
export function blocksOf(dataset: Dataset, approved: boolean): Problem[] {
  const blocks = [...dataset.quantities.flatMap((quantity) => quantityBlocks(dataset, quantity))];
  if (isPrivateArea(dataset.area) && !isTogether(dataset)) blocks.push({ key: 'opendata.gate.private_area' });
  if (isAboutHomes(dataset) && isTogether(dataset) && fewestDevices(dataset) < FEWEST_HOMES) {
    blocks.push({ key: 'opendata.gate.fewest', parameters: { fewest: FEWEST_HOMES } });
  }
  const text = publicTexts(dataset).find((candidate) => revealsIdentity(candidate));
  if (text !== undefined) blocks.push({ key: 'opendata.gate.identifier', parameters: { text } });
  if (blocks.length === 0 && needsApproval(dataset) && !approved)
    blocks.push({ key: 'opendata.gate.approval' });
  return blocks;
}

/** Whether a second person must agree before anything of a dataset is shown. */
export function needsApproval(dataset: Dataset): boolean {
  const { sensitive, fewestPeople } = dataset.privacy;
  return sensitive || fewestPeople < USUAL_FEWEST_PEOPLE || isAboutHomes(dataset);
}

/** A quantity that tells of people, and what of them: of two of a kind, one could be subtracted from the other. */
interface Guarded {
  quantity: QuantityId;
  kind: string;
}

/** What a dataset tells of people: of each kind there may be one dataset per device. Any mean may have homes in it. */
export function guardedQuantities(dataset: Dataset): Guarded[] {
  return dataset.quantities.flatMap((quantity) => {
    const sensitivity = sensitivityOf(quantity, dataset.area);
    if (sensitivity !== undefined) return { quantity, kind: isCount(sensitivity) ? 'people' : sensitivity };
    return isTogether(dataset) ? { quantity, kind: quantity } : [];
  });
}

/**
 * Devices that a dataset publishes: those of its area (or those chosen in it) that staff marked open, sandbox devices
 * only while the area has no real one. Private ones come only together with others, and only if the second person saw
 * them. `approved` are the ids that the second person agreed to, absent if nobody did.
 */
export function publicDevices(
  dataset: Dataset,
  devices: readonly Device[],
  approved?: readonly string[],
): PublicDevices {
  const inArea = devices.filter((device) => device.area === dataset.area);
  const real = inArea.filter((device) => !device.sandbox);
  const sandbox = real.length === 0 && inArea.length > 0;
  const chosen = (sandbox ? inArea : real).filter(
    (device) => !dataset.devices || dataset.devices.includes(device.id),
  );
  const places = new Map<string, string>();
  const homes = new Set<string>();
  const withheld: Withheld[] = [];
  const isBlocked = blocksOf(dataset, approved !== undefined).length > 0;
  for (const device of chosen) {
    const place = isTogether(dataset) ? togetherName(dataset) : publicName(device);
    const reason =
      reasonToWithhold(dataset, device, approved) ?? (place === undefined ? 'unnamed' : undefined);
    if (reason) withheld.push({ name: device.name, reason });
    else if (place !== undefined && !isBlocked) places.set(device.id, place);
    if (isPrivate(dataset, device)) homes.add(device.id);
  }
  return { sandbox, places, homes, withheld };
}

/**
 * What makes of a stored row what the public may see of it: undefined if nothing is left. Values that failed a check
 * are withheld or marked, as the dataset says. Made once for many rows.
 */
export function rowGate(
  dataset: Dataset,
  places: PublicDevices['places'],
): (row: Row) => PublicRow | undefined {
  const marks = dataset.failed === 'mark';
  const columns = dataset.quantities.map((quantity) => ({
    quantity,
    flagField: flagFieldOf(quantity),
    admit: valueGate(dataset, quantity),
  }));
  return (row) => {
    const place = places.get(row.tags.device ?? '');
    if (place === undefined) return undefined;
    const found: PublicRow = { time: row.time, place, values: {}, ...(marks && { quality: {} }) };
    let isEmpty = true;
    for (const { quantity, flagField, admit } of columns) {
      const flag = row.values[flagField] as QualityFlag | undefined;
      if (flag === FAILED && !marks) continue;
      const value = admit(row.values[quantity]);
      if (value === undefined) continue;
      found.values[quantity] = value;
      if (found.quality && flag !== undefined) found.quality[quantity] = flag;
      isEmpty = false;
    }
    return isEmpty ? undefined : found;
  };
}

/**
 * What makes of a quantity's value what the public may see of it. Counts of people are withheld below the dataset's
 * threshold and else rounded to multiples of it, so that no difference of two of them, whichever, is a small number.
 */
export function valueGate(
  { area, privacy }: Dataset,
  quantity: QuantityId,
): (value: Value | undefined) => Value | undefined {
  if (!isCount(sensitivityOf(quantity, area))) return (value) => value;
  const { fewestPeople } = privacy;
  return (value) => {
    if (typeof value !== 'number' || !(value >= fewestPeople)) return undefined;
    return Math.round(value / fewestPeople) * fewestPeople;
  };
}

/** Whether each reading is shown as soon as it is there. If not, nobody must notice that one has come. */
export function isImmediate(dataset: Dataset): boolean {
  const { delayMinutes, release } = dataset.privacy;
  return delayMinutes === 0 && !release && guardedQuantities(dataset).length === 0;
}

/** Whether a dataset shows one value for all its places. */
export function isTogether({ privacy }: Dataset): boolean {
  return privacy.release?.by === 'area';
}

/** What all places of a dataset are called together. */
function togetherName({ title, spatial }: Dataset): string {
  return spatial?.name ?? inLanguage(title, 'nb');
}

function isAboutHomes(dataset: Dataset): boolean {
  const { area, quantities } = dataset;
  return isPrivateArea(area) || quantities.some((quantity) => isHome(sensitivityOf(quantity, area)));
}

function isHome(sensitivity: Sensitivity | undefined): boolean {
  return sensitivity !== undefined && !isCount(sensitivity);
}

function fewestDevices({ privacy }: Dataset): number {
  return privacy.release?.fewestDevices ?? 1;
}

function quantityBlocks(dataset: Dataset, quantity: QuantityId): Problem[] {
  const sensitivity = sensitivityOf(quantity, dataset.area);
  const block = (reason: string): Problem[] => [{ key: `opendata.gate.${reason}`, parameters: { quantity } }];
  if (sensitivity === 'total') return block('total');
  if (sensitivity === 'peopleRate' && !dataset.privacy.release) return block('people_rate');
  if (isHome(sensitivity) && !isTogether(dataset)) return block(sensitivity ?? '');
  // Numbers have a mean; states have none, and where one has a share of places, that stands in the dataset instead.
  if (isTogether(dataset) && QUANTITIES[quantity].valueType !== 'number') return block('not_together');
  return [];
}

function publicTexts(dataset: Dataset): string[] {
  const { id, title, description, method, keywords, spatial, contact, phrases = [] } = dataset;
  const written = [title, description, method ?? {}, ...phrases.map(({ text }) => text)];
  const texts = written.flatMap((text) => Object.values(text));
  return [id, ...texts, ...Object.values(keywords ?? {}).flat(), spatial?.name ?? '', contact?.name ?? ''];
}

function reasonToWithhold(
  dataset: Dataset,
  device: Device,
  approved: readonly string[] | undefined,
): Withheld['reason'] | undefined {
  const { id, publication, sandbox } = device;
  const isAllowed = approved?.includes(id) ?? false;
  const isHome = isPrivate(dataset, device);
  if (publication === undefined && !sandbox) return 'unmarked';
  if (isHome && (!isTogether(dataset) || fewestDevices(dataset) < FEWEST_HOMES)) return 'private';
  return (isHome || needsApproval(dataset)) && !isAllowed ? 'unapproved' : undefined;
}

function isPrivate({ area }: Dataset, { publication }: Device): boolean {
  return publication === 'private' || isPrivateArea(area);
}

function publicName(device: Device): string | undefined {
  const names = [device.site, device.name].filter((name) => name !== undefined);
  return names.find((name) => name.trim() !== '' && !revealsIdentity(name, [device]))?.trim();
}
