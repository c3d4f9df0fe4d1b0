import type { DeviceRegistry } from '../devices/registry.ts';
import { ByflytError, type Problem } from '../observation/errors.ts';
import { quantityLabel } from '../observation/labels.ts';
import { describeError, type Language, translate } from '../observation/messages.ts';
import { isQuantity } from '../observation/quantities.ts';

/** Tags that the staff know by another name. */
const TAGS = ['device', 'site'];

/**
 * The sentence of a problem as staff read it: devices, quantities and tags by their names for people. What an older
 * version kept may name a text that no longer exists.
 */
export function problemSentence(
  problem: Problem,
  devices: Pick<DeviceRegistry, 'get'>,
  language: Language,
): string {
  const { key, parameters = {}, device } = problem;
  const { field, tag } = parameters;
  const named = {
    ...parameters,
    ...(typeof field === 'string' && isQuantity(field) && { field: quantityLabel(field, language) }),
    ...(typeof tag === 'string' && TAGS.includes(tag) && { tag: translate(language, `operator.tag.${tag}`) }),
  };
  const name = device === undefined ? undefined : (devices.get(device)?.name ?? device);
  try {
    return describeError(new ByflytError({ key, parameters: named, device: name }), language);
  } catch {
    return translate(language, 'operator.rejected.unknown_reason');
  }
}
