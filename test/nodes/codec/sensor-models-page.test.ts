import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { applyModel } from '../../../nodes/devices/model.ts';

const PAGE = readFileSync(new URL('../../../docs/sensor-models.md', import.meta.url), 'utf8');

/** A model of the page, and the payloads that stand below it. */
interface Example {
  model: string;
  payloads: { hex: string; fPort: number; direction: 'gives' | 'says'; data: unknown }[];
}

function examplesOf(page: string): Example[] {
  return page
    .split('```json\n')
    .slice(1)
    .map((part) => {
      const [model = '', below = ''] = part.split('```\n');
      const lines = below.matchAll(/^- `([0-9a-f ]+)` on FPort (\d+) (gives|says) `(.+)`$/gm);
      const payloads = Array.from(lines, ([, hex = '', fPort, direction, data = '']) => ({
        hex: hex.replaceAll(' ', ''),
        fPort: Number(fPort),
        direction: direction as 'gives' | 'says',
        data: JSON.parse(data) as unknown,
      }));
      return { model, payloads };
    });
}

describe('page on sensor models', () => {
  const examples = examplesOf(PAGE);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-page-'));
    mkdirSync(join(folder, 'models'));
    for (const [index, { model }] of examples.entries()) {
      writeFileSync(join(folder, 'models', `${index}.json`), model);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has models that can be used as they stand', async () => {
    const catalog = ModelCatalog.open(folder);
    catalog.list();
    assert.deepEqual(catalog.problems(), []);
    assert.ok(examples.length >= 2);
    for (const { model: text, payloads } of examples) {
      assert.ok(payloads.length >= 2);
      const model = catalog.get((JSON.parse(text) as { id: string }).id);
      assert.ok(model);
      const codec = catalog.codecFor(model);
      for (const { hex, fPort, direction, data } of payloads) {
        const bytes = Buffer.from(hex, 'hex');
        if (direction === 'says') {
          const output = await codec.encodeDownlink(data);
          assert.deepEqual(output.bytes, [...bytes]);
          assert.equal(output.fPort ?? fPort, fPort);
        } else {
          const output = await codec.decodeUplink({ fPort, bytes, recvTime: new Date() });
          assert.deepEqual(output, { data });
          assert.deepEqual(applyModel(model, data).unknownNames, []);
        }
      }
    }
  });
});
