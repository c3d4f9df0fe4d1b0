import type { PayloadFormat } from '../built-in-codec.ts';
import { isEncoding } from './document.ts';
import { isNumberType } from './field.ts';
import { isRestKind } from './frame-rest.ts';
import { faultOfProtobuf, type Protobuf } from './protobuf/protobuf.ts';
import { TEXTS } from './texts.ts';

const KINDS: Readonly<Record<PayloadFormat['kind'], true>> = {
  'cayenne-lpp': true,
  document: true,
  efento: true,
  'field-table': true,
  'fixed-frames': true,
  'flagged-words': true,
  protobuf: true,
  'records-then-frame': true,
  'sized-records': true,
  standard: true,
  'tagged-records': true,
};

/**
 * What somebody who wrote a format by hand got wrong, as a path (`format.frames.0.fields.2.type`): a kind, a type of
 * number or a text that does not exist. Undefined if there is nothing of that sort.
 */
export function faultOfFormat(format: unknown): string | undefined {
  if (!isObject(format) || !Object.hasOwn(KINDS, String(format.kind))) return 'format.kind';
  // Its rows have types of their own, and are checked where they are read.
  if (format.kind === 'field-table') return undefined;
  if (format.kind === 'protobuf') {
    const fault = faultOfProtobuf(format as unknown as Protobuf);
    return fault && `format.${fault}`;
  }
  if (format.kind === 'document' && !isEncoding(format.encoding)) return 'format.encoding';
  return faultIn(format, 'format');
}

function faultIn(value: unknown, path: string): string | undefined {
  if (!isObject(value)) return undefined;
  const own = faultOfField(value);
  if (own !== undefined) return `${path}.${own}`;
  for (const [name, part] of Object.entries(value)) {
    if (name === 'rest' && isObject(part) && !isRestKind(part.kind)) return `${path}.rest.kind`;
    const fault = faultIn(part, `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Only fields have a name of this kind beside a type or text. */
function faultOfField({ name, type, text }: Record<string, unknown>): 'type' | 'text' | undefined {
  if (typeof name !== 'string') return undefined;
  if (type !== undefined && !isNumberType(type)) return 'type';
  return text === undefined || (typeof text === 'string' && Object.hasOwn(TEXTS, text)) ? undefined : 'text';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
