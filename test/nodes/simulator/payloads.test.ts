import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { encodeEm310Udl, encodeLht65n } from '../../../nodes/simulator/payloads.ts';

interface Vector {
  device: string;
  fPort: number;
  bytesHex: string;
  expected: { data?: Record<string, number | string> };
}

const vectors = readFileSync(
  new URL('../../../../shared/codec-vectors/vectors.jsonl', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line) as Vector);

/** The published payload of a device whose data have the given name. */
function vector(
  device: string,
  name: string,
): { fPort: number; hex: string; data: Record<string, number | string> } {
  const found = vectors.find((line) => line.device === device && line.expected.data?.[name] !== undefined);
  assert.ok(found?.expected.data, `no vector of ${device} with ${name}`);
  return { fPort: found.fPort, hex: found.bytesHex, data: found.expected.data };
}

describe('sandbox payloads', () => {
  it('are the bytes that Dragino publishes for the same reading', () => {
    const { fPort, hex, data } = vector('Dragino LHT65N', 'TempC_SHT');
    const payload = encodeLht65n({
      battery: Number(data.BatV),
      internalTemperature: Number(data.TempC_SHT),
      humidity: Number(data.Hum_SHT),
      externalTemperature: undefined,
    });
    assert.equal(payload.fPort, fPort);
    assert.equal(payload.bytes.toString('hex'), hex);
  });

  it('carry temperatures below zero as two complement numbers', () => {
    const payload = encodeLht65n({
      battery: 2.4,
      internalTemperature: -12.34,
      humidity: 80,
      externalTemperature: -0.5,
    });
    assert.equal(payload.bytes.readInt16BE(2), -1234);
    assert.equal(payload.bytes.readInt16BE(7), -50);
    assert.equal(payload.bytes.readUInt8(0) >> 6, 0, 'an empty battery is graded 0');
  });

  it('are the bytes that Milesight publishes for the same reading', () => {
    const { fPort, hex, data } = vector('Milesight EM310-UDL', 'distance');
    const payload = encodeEm310Udl({
      battery: Number(data.battery),
      distance: Number(data.distance),
      tilted: data.tilt === 'tilt',
    });
    assert.equal(payload.fPort, fPort);
    assert.equal(payload.bytes.toString('hex'), hex);
  });
});
