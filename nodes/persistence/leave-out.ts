import type { FlowMessage } from '../observation/flow-node.ts';
import { isObservation } from '../observation/observation.ts';
import type { Journal, SettleDetail } from './journal.ts';

/**
 * Says in the journal that a message was left out on purpose; `reason` is what a person wrote. Of a message that no
 * intake took in there is nothing to say.
 */
export function leaveOut(
  journal: Pick<Journal, 'settle'>,
  { intake, payload }: FlowMessage,
  reason: string,
): void {
  if (!intake) return;
  const detail: SettleDetail = { reasonKey: 'persistence.dropped.left_out', parameters: { reason } };
  if (intake.part) detail.parts = intake.part;
  if (isObservation(payload)) {
    const { id, name, area } = payload.device;
    detail.device = name;
    detail.account = { area, device: id };
  }
  journal.settle(intake.journalId, 'dropped', detail);
}
