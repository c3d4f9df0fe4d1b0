import assert from 'node:assert/strict';
import { ModelCatalog } from '../../../nodes/codec/models.ts';

export const catalog = ModelCatalog.open();

/** A built-in model by its id, with its codec. */
export function modelOf(id: string) {
  const model = catalog.get(id);
  assert.ok(model, `${id} is missing`);
  return { model, codec: catalog.codecFor(model) };
}

/** What the model's codec makes of a payload in hex; spaces in it do no harm. */
export function decode(id: string, fPort: number, hex: string) {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return modelOf(id).codec.decodeUplink({ fPort, bytes, recvTime: new Date('2025-01-01') });
}
