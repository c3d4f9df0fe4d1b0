/** The shared SenML and LwM2M messages: what a pack resolves to, what a client's body says, and what is refused. */
import assert from 'node:assert/strict';
import { readLwm2m, readLwm2mJson } from '../../../nodes/nbiot/lwm2m.ts';
import {
  type ResolvedRecord,
  readSenmlCbor,
  readSenmlJson,
  resolveSenml,
} from '../../../nodes/nbiot/senml.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { type Sample, samplesOf } from '../lorawan/shared-samples.ts';

type Fields = Record<string, unknown>;

/** Some moment of 2023, seconds. */
const NOW = 1_700_000_000;
const TLV = 11_542;

const hex = ({ body }: Sample): Buffer => Buffer.from(String(body), 'hex');
const fromSenml = (records: Parameters<typeof resolveSenml>[0]): Fields[] => [...resolveSenml(records, NOW)];

/** Kind -> what the message says, in the words of the samples' `resolved`. */
const READERS: Readonly<Record<string, (sample: Sample) => Fields[]>> = {
  'senml-json': ({ body }) => fromSenml(readSenmlJson(body)),
  'senml-cbor': (sample) => fromSenml(readSenmlCbor(hex(sample))),
  'lwm2m-senml-json': ({ body }) => fromSenml(readSenmlJson(body)),
  'lwm2m-senml-cbor': (sample) => fromSenml(readSenmlCbor(hex(sample))),
  'lwm2m-json': ({ body }) =>
    readLwm2mJson(body).map(({ path, value, time }) => ({ n: path, v: value, ...(time && { t: time }) })),
  'lwm2m-tlv': (sample) => {
    const path = String(sample.expect.path);
    return readLwm2m({ contentFormat: TLV, bytes: hex(sample), path }, NOW).map((one) => ({
      n: one.path,
      v: one.value,
    }));
  },
};

/** The sample's words for a resolved record as ours. */
function resolved({ tRelativeToNow, vdHex, vString, ...rest }: Fields): Fields {
  return {
    ...rest,
    ...(tRelativeToNow !== undefined && { t: NOW + Number(tRelativeToNow) }),
    ...(vdHex !== undefined && { vd: vdHex }),
    ...(vString !== undefined && { v: vString }),
  };
}

/** The fields of a record that the sample speaks of. */
function spokenOf(record: Fields, expected: Fields | undefined): Fields {
  return Object.fromEntries(Object.keys(expected ?? record).map((field) => [field, record[field]]));
}

function byNameAndTime(one: Fields, other: Fields): number {
  return `${one.n} ${one.t}`.localeCompare(`${other.n} ${other.t}`);
}

function check(records: Fields[], expect: Fields): void {
  if (expect.resources) {
    const values = records.map(({ n, v, vs, vb }) => [n, v ?? vs ?? vb]);
    assert.deepEqual(Object.fromEntries(values), expect.resources);
  } else {
    // A sample without `resolved` shows the records as they were sent; the base is in the first.
    const expected = (expect.resolved as Fields[] | undefined)?.map(resolved).sort(byNameAndTime);
    const sent = expect.records as Fields[] | undefined;
    assert.equal(records.length, (expected ?? sent)?.length);
    if (!expected) return;
    const actual = records.toSorted(byNameAndTime).map((record, index) => spokenOf(record, expected[index]));
    assert.deepEqual(actual, expected);
  }
}

describe('shared messages of NB-IoT devices', () => {
  for (const [kind, read] of Object.entries(READERS)) {
    for (const sample of samplesOf(kind)) {
      it(`${kind}: ${sample.name}`, () => {
        if (sample.expect.error === undefined) check(read(sample), sample.expect);
        else assert.throws(() => read(sample), MessageError);
      });
    }
  }

  it('keep the labels of a record', () => {
    const [record] = readSenmlCbor(hex(sampleNamed('senml-cbor', 'cisco-string-keys-not-rfc')));
    const { u, bu, v, ut } = (record ?? {}) as ResolvedRecord & Fields;
    assert.deepEqual({ u, bu, v, ut }, { u: 'degC', bu: 'degC', v: 22.1, ut: 10 });
  });
});

function sampleNamed(kind: string, name: string): Sample {
  const sample = samplesOf(kind).find((each) => each.name === name);
  if (!sample) throw new Error(`no sample ${name}`);
  return sample;
}
