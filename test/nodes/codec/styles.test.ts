import assert from 'node:assert/strict';
import vm from 'node:vm';
import fc from 'fast-check';
import { after, describe, it } from 'mocha';
import { codecMix, type MixedCodec } from '../../../bench/codec-mix.ts';
import { Sandbox } from '../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../nodes/codec/scripted-codec.ts';

/** Shortest codec of each style. */
const STYLES = codecMix().slice(0, 10);

const CALLS = `typeof decodeUplink === 'function' ? decodeUplink(input)
  : { data: typeof Decode === 'function' ? Decode(input.fPort, input.bytes, {}) : Decoder(input.bytes, input.fPort) }`;

/** The codec in Node.js's own engine; gives its JSON, or undefined if it throws. */
function inNode({ source }: MixedCodec): (bytes: readonly number[], fPort: number) => unknown {
  const context = vm.createContext({ Buffer });
  vm.runInContext(source, context);
  const run = vm.runInContext(
    `(function (json) { var input = JSON.parse(json); input.recvTime = new Date(1e12); return JSON.stringify(${CALLS}); })`,
    context,
  ) as (json: string) => string;
  return (bytes, fPort) => {
    try {
      return JSON.parse(run(JSON.stringify({ bytes, fPort })));
    } catch {
      return undefined;
    }
  };
}

describe('codecs of all styles decode any payload as in the engine of Node.js', () => {
  after(() => Sandbox.shared().close());

  for (const style of STYLES) {
    it(style.file, async () => {
      const codec = codecFromSource(style.file, style.source);
      const there = inNode(style);
      // Mostly the style's own payload with some bytes changed, so that decoding goes on for a while.
      const payload = fc
        .tuple(fc.array(fc.option(fc.nat(255), { freq: 4 }), { minLength: 30, maxLength: 30 }), fc.nat(30))
        .map(([changes, length]) => Array.from({ length }, (_, at) => changes[at] ?? style.bytes[at] ?? 0));
      await fc.assert(
        fc.asyncProperty(payload, fc.constantFrom(1, 2, 100), async (bytes, fPort) => {
          const input = { fPort, bytes: Uint8Array.from(bytes), recvTime: new Date(1e12) };
          const here = await Promise.resolve(codec.decodeUplink(input)).catch((error: { key: string }) => {
            assert.equal(error.key, 'codec.error.threw');
          });
          assert.deepEqual(here, there(bytes, fPort));
        }),
      );
    });
  }
});
