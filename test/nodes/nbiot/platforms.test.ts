/** Requests of operators' platforms: all shared ones, what must not be mistaken, and what is refused. */
import assert from 'node:assert/strict';
import { readPlatform } from '../../../nodes/nbiot/platforms.ts';
import { samplesOf } from '../lorawan/shared-samples.ts';

const KINDS = [
  'lab5e-span',
  'telenor-horde',
  '1nce',
  'iot-creators',
  'huawei-oceanconnect',
  'cumulocity-lwm2m',
  'coiote-azure-twin',
  'miotiq',
] as const;

/** Fields of a sample's expectation that a platform's message answers, whatever the device sent. */
const FIELDS = ['imei', 'imsi', 'deviceId', 'time'] as const;

describe('platforms of network operators', () => {
  for (const kind of KINDS) {
    for (const { name, body, event, expect } of samplesOf(kind)) {
      it(`${kind}: ${name}`, () => {
        const [message, ...others] = readPlatform(body);
        assert.ok(message);
        assert.deepEqual(others, []);
        assert.equal(message.kind, event === 'uplink' ? 'uplink' : 'event');
        for (const field of FIELDS) if (field in expect) assert.equal(message[field], expect[field], field);
        if (message.kind === 'uplink' && expect.payloadHex !== undefined)
          assert.equal(message.payload?.toString('hex'), expect.payloadHex);
        assert.equal(message.platform, kind);
      });
    }
  }

  it('keep what a device says in its own words', () => {
    const sample = samplesOf('1nce').find(({ name }) => name.startsWith('telemetry'));
    const [message] = readPlatform(sample?.body);
    assert.deepEqual(message?.kind === 'uplink' && message.fields, sample?.expect.values);
  });

  it('give the resources of a device twin by path', () => {
    const [message] = readPlatform(samplesOf('coiote-azure-twin')[0]?.body);
    assert.ok(message?.kind === 'uplink');
    assert.equal(message.fields?.['/3303/0/5700'], 15);
    assert.equal(message.fields?.['/4/0/1/1'], 7);
    assert.ok(!Object.keys(message.fields ?? {}).some((path) => path.includes('attributes')));
  });

  it('give each report and each event of a request', () => {
    const report = { serialNumber: 'IMEI:868333030676163', timestamp: 1_615_660_679_246, value: '01' };
    const messages = readPlatform({
      reports: [report, { ...report, value: '02' }],
      registrations: [{ serialNumber: 'IMEI:868333030676163', timestamp: 1 }],
    });
    assert.deepEqual(
      messages.map((message) =>
        message.kind === 'uplink' ? message.payload?.toString('hex') : message.type,
      ),
      ['01', '02', 'registration'],
    );
  });

  const refused: readonly [request: unknown, key: string][] = [
    [{ reports: [] }, 'nbiot.error.platformEmpty'],
    [{ hello: 'world' }, 'nbiot.error.platformUnknown'],
    ['text', 'nbiot.error.platformUnknown'],
    [null, 'nbiot.error.platformUnknown'],
    [{ reports: [{ serialNumber: 'IMEI:1', value: '0x1' }] }, 'nbiot.error.platformPayload'],
    [{ srcImsi: '1', payload: '%%' }, 'nbiot.error.platformPayload'],
  ];
  for (const [request, key] of refused) {
    it(`refuse ${JSON.stringify(request)}`, () => {
      assert.throws(() => readPlatform(request), { key });
    });
  }
});
