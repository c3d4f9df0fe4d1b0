import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { recordSet } from '../../../nodes/codec/formats/record-sets.ts';
import type { TaggedRecords } from '../../../nodes/codec/formats/tagged-records.ts';
import { ModelCatalog } from '../../../nodes/codec/models.ts';

const FOLDER = new URL('../../../nodes/codec/models/', import.meta.url);

export const catalog = ModelCatalog.open();

/** A Milesight model by its name. */
export function modelOf(name: string) {
  const model = catalog.get(`Milesight ${name}`);
  assert.ok(model, `${name} is missing`);
  return { model, codec: catalog.codecFor(model) };
}

/** Bytes of hex in which spaces may stand. */
export function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** Data under the vendor's names. */
export async function decoded(name: string, hex: string): Promise<unknown> {
  const input = { fPort: 85, bytes: bytesOf(hex), recvTime: new Date('2025-01-01') };
  return (await modelOf(name).codec.decodeUplink(input)).data;
}

/** Files of all Milesight models for LoRaWAN, with the records that they take in. */
export const files = readdirSync(FOLDER)
  .filter((file) => file.startsWith('milesight-') && !file.endsWith('-nb.json'))
  .map((file) => {
    const { id, format } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as {
      id: string;
      format: TaggedRecords;
    };
    const records = Object.assign({}, ...(format.include ?? []).map(recordSet), format.records);
    return { id, records: records as TaggedRecords['records'] };
  });
