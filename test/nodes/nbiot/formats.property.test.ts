/** Whatever a device, or somebody else, sends: a reading, or the error that the format documents. Nothing else. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainCbor, readCbor } from '../../../nodes/codec/formats/cbor.ts';
import { readLwm2m } from '../../../nodes/nbiot/lwm2m.ts';
import { readSenmlCbor, readSenmlJson, resolveSenml } from '../../../nodes/nbiot/senml.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';

const RUNS = 100_000;
const NOW = 1_700_000_000;

/** A sample with bytes changed, cut off, doubled or put in; sometimes nothing of it is left. */
function mutated(kind: string): fc.Arbitrary<Uint8Array> {
  const bodies = samplesOf(kind).map(({ body }) =>
    typeof body === 'string' && !kind.endsWith('json')
      ? Buffer.from(body, 'hex')
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  );
  const change = fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 5 }));
  const fromSample = fc
    .tuple(fc.constantFrom(...bodies), fc.array(change, { maxLength: 4 }))
    .map(([body, changes]) =>
      changes.reduce((bytes, [at, removed, added]) => {
        const place = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, place), added, bytes.subarray(place + removed)]);
      }, body),
    );
  return fc.oneof(
    { weight: 4, arbitrary: fromSample },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  );
}

/** No exception but the documented one. */
function holds(kind: string, read: (bytes: Uint8Array) => unknown): void {
  fc.assert(
    fc.property(mutated(kind), (bytes) => {
      try {
        JSON.stringify(read(bytes));
      } catch (error) {
        assert.ok(error instanceof MessageError, `${error}`);
        assert.match(error.key, /^(nbiot|codec)\.error\./);
      }
    }),
    { numRuns: RUNS },
  );
}

describe('formats of NB-IoT devices, with messages of any kind', () => {
  it('SenML in JSON', () =>
    holds('senml-json', (bytes) => resolveSenml(readSenmlJson(Buffer.from(bytes).toString()), NOW)));
  it('SenML in CBOR', () => holds('senml-cbor', (bytes) => resolveSenml(readSenmlCbor(bytes), NOW)));
  it('CBOR', () => holds('senml-cbor', (bytes) => plainCbor(readCbor(bytes))));
  it('LwM2M TLV', () =>
    holds('lwm2m-tlv', (bytes) => readLwm2m({ contentFormat: 11_542, bytes, path: '/3/0' }, NOW)));

  it('is refused soon and with its reason when it nests without end', () => {
    const nested = Buffer.from('81'.repeat(60_000), 'hex');
    assert.throws(() => readCbor(nested), { key: 'codec.error.cbor' });
    assert.throws(() => readCbor(Buffer.from(`${'81'.repeat(40)}00`, 'hex')), /more than 32 levels/);
  });
});
