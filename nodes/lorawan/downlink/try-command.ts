import { MessageError } from '../../observation/errors.ts';
import { describeError, type Language } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { typedNumber } from '../../observation/typed-number.ts';
import type { StateStore } from '../../persistence/state-store.ts';
import { objectOf, textOf } from '../json-fields.ts';
import { DownlinkService, type DownlinkServiceOptions } from './downlink-service.ts';
import type { NetworkMessageOut } from './network-messages.ts';
import { type DownlinkForm, readSettings } from './settings.ts';

/** What the form shows of a command that is tried; `error` is a sentence, and then there is nothing else. */
export type TryAnswer = { error: string } | { fPort: number; payloadHex: string; message: NetworkMessageOut };

type TryOptions = Pick<DownlinkServiceOptions, 'registry' | 'models'> & { language: Language };

/**
 * A dry run of the form as it is: `{ form, device, quantity, value }`, all as typed. Nothing is sent, and no limit
 * counts. Never rejects.
 */
export async function tryCommand(
  body: unknown,
  { registry, models, language }: TryOptions,
): Promise<TryAnswer> {
  try {
    const fields = objectOf(body) ?? {};
    const form = objectOf(fields.form) as Partial<DownlinkForm> | undefined;
    const settings = readSettings({ ...form, device: '', dryRun: true });
    const service = new DownlinkService({ settings, registry, models, state: NOTHING_KEPT, scope: '' });
    const quantity = textOf(fields.quantity) ?? '';
    const payload = { [quantity]: typedValue(quantity, textOf(fields.value) ?? '') };
    const { report } = await service.command({ topic: textOf(fields.device) ?? '', payload });
    if (!report?.wouldSend) throw new MessageError({ key: 'lorawan.error.noCommandValues' });
    return { fPort: report.fPort, payloadHex: report.payloadHex, message: report.wouldSend };
  } catch (error) {
    return { error: describeError(error, language) };
  }
}

/** A number, or yes and no as the form has them. */
function typedValue(quantity: string, typed: string): unknown {
  const isBoolean =
    Object.hasOwn(QUANTITIES, quantity) && QUANTITIES[quantity as QuantityId].valueType === 'boolean';
  if (isBoolean) return typed === 'true';
  const number = typedNumber(typed);
  return Number.isFinite(number) ? number : typed;
}

const NOTHING_KEPT: StateStore = {
  get: () => undefined,
  set: () => undefined,
  delete: () => undefined,
  keys: () => [],
  flush: () => undefined,
};
