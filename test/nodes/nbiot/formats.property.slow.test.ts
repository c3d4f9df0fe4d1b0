/** Whatever a device, or somebody else, sends: a reading, or the error that the format documents. Nothing else. */
import assert from 'node:assert/strict';
import { plainCbor, readCbor } from '../../../nodes/codec/formats/cbor.ts';
import { readLwm2m } from '../../../nodes/nbiot/lwm2m.ts';
import { readSenmlCbor, readSenmlJson, resolveSenml } from '../../../nodes/nbiot/senml.ts';
import { CodecError, MessageError } from '../../../nodes/observation/errors.ts';
import { modelOf } from '../codec/built-in.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';
import { mutated, numbers } from './mutations.ts';

const RUNS = 100_000;
const NOW = 1_700_000_000;

function bodiesOf(kind: string): Buffer[] {
  return samplesOf(kind).map(({ body }) =>
    typeof body === 'string' && !kind.endsWith('json')
      ? Buffer.from(body, 'hex')
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  );
}

/**
 * No exception but the documented ones. Not by fast-check, which takes ten times as long as what is tested: a message
 * that fails is short anyhow, and FC_SEED shows it again.
 */
function holds(kind: string, read: (bytes: Uint8Array) => unknown): void {
  const bodies = bodiesOf(kind);
  const seed = Number(process.env.FC_SEED ?? Date.now());
  const next = numbers(seed);
  const { stackTraceLimit } = Error;
  // Most of the time would go into stacks that nobody reads.
  Error.stackTraceLimit = 0;
  try {
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutated(bodies, next);
      try {
        JSON.stringify(read(bytes));
      } catch (error) {
        const said = `${error} for ${bytes.toString('hex')}, FC_SEED=${seed}`;
        assert.ok(error instanceof MessageError || error instanceof CodecError, said);
        assert.match(error.key, /^(nbiot|codec)\.error\./, said);
      }
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

describe('formats of NB-IoT devices, with messages of any kind', () => {
  it('SenML in JSON', () =>
    holds('senml-json', (bytes) => resolveSenml(readSenmlJson(Buffer.from(bytes).toString()), NOW)));
  it('SenML in CBOR', () => holds('senml-cbor', (bytes) => resolveSenml(readSenmlCbor(bytes), NOW)));
  it('CBOR', () => holds('senml-cbor', (bytes) => plainCbor(readCbor(bytes))));
  it('LwM2M TLV', () =>
    holds('lwm2m-tlv', (bytes) => readLwm2m({ contentFormat: 11_542, bytes, path: '/3/0' }, NOW)));

  /** One model per layout. */
  const models: [model: string, kind: string][] = [
    ['dragino-nse01', 'nbiot-dragino'],
    ['dragino-sn50v3-nb', 'nbiot-dragino'],
    ['milesight-em400-udl-nb', 'nbiot-milesight'],
    ['minew-mtb04', 'nbiot-minew'],
    ['efento-nb', 'nbiot-efento'],
    ['axioma-qalcosonic-w1', 'water-meter'],
  ];
  for (const [id, kind] of models) {
    it(`payloads of ${id}`, () => {
      const { codec } = modelOf(id);
      const recvTime = new Date(NOW * 1000);
      holds(kind, (bytes) => codec.decodeUplink({ bytes, recvTime }));
    });
  }

  it('is refused soon and with its reason when it nests without end', () => {
    const nested = Buffer.from('81'.repeat(60_000), 'hex');
    assert.throws(() => readCbor(nested), { key: 'codec.error.cbor' });
    assert.throws(() => readCbor(Buffer.from(`${'81'.repeat(40)}00`, 'hex')), /more than 32 levels/);
  });
});
