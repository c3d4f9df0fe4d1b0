import { isAnswerTemplate } from '../codec/answer-bytes.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { objectOf, textOf } from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';
import type { FlowMessage } from '../observation/flow-node.ts';

export interface DownlinkInput {
  /** Id in the device list. */
  device: string;
  template: string;
  reference?: string;
}

/** Longer ones do not fit into one datagram of every network. */
const LONGEST = 1024;

/**
 * The downlink in a message: `topic` is the device, `payload` bytes or a text of hexadecimal digits in which `{time}`
 * may stand; or an object `{ device?, payloadHex, reference? }`, as the downlink node makes it.
 * Throws MessageError `nbiot.error.downlinkFormat`, `downlinkDevice` or `downlinkTooLong`, naming the device.
 */
export function readDownlinkInput(
  { topic, payload }: FlowMessage,
  registry: Pick<DeviceRegistry, 'get'>,
): DownlinkInput {
  const fields = Buffer.isBuffer(payload) ? undefined : objectOf(payload);
  const id = textOf(fields?.device) ?? topic ?? '';
  const device = registry.get(id);
  if (!device) throw new MessageError({ key: 'nbiot.error.downlinkDevice', parameters: { id } });
  const template = Buffer.isBuffer(payload)
    ? payload.toString('hex')
    : (textOf(fields?.payloadHex) ?? payload);
  const about = { device: device.name };
  if (!isAnswerTemplate(template) || template.trim() === '') {
    throw new MessageError({ key: 'nbiot.error.downlinkFormat', ...about });
  }
  if (template.length / 2 > LONGEST) {
    throw new MessageError({
      key: 'nbiot.error.downlinkTooLong',
      parameters: { longest: LONGEST },
      ...about,
    });
  }
  const reference = textOf(fields?.reference);
  return { device: id, template, ...(reference === undefined ? {} : { reference }) };
}
