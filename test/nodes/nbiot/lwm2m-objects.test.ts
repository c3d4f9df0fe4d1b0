/** Types of resources as the OMA LwM2M registry has them. */
import assert from 'node:assert/strict';
import { readLwm2m } from '../../../nodes/nbiot/lwm2m.ts';
import { lwm2mReading } from '../../../nodes/nbiot/lwm2m-quantities.ts';

const TLV = 11_542;

function read(path: string, hex: string): Record<string, unknown> {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const resources = readLwm2m({ contentFormat: TLV, bytes, path }, 1_700_000_000);
  return Object.fromEntries(resources.map((resource) => [resource.path, resource.value]));
}

describe('resources of LwM2M', () => {
  const bodies: [name: string, path: string, hex: string, values: object][] = [
    ['active power is a number', '/3305/0', 'e416a8 43480000', { '/3305/0/5800': 200 }],
    ['a selector has more than two states', '/3348/0', 'e115ab 03', { '/3348/0/5547': 3 }],
    ['the polarity of an input is yes or no', '/3200/0', 'e1157e 01', { '/3200/0/5502': true }],
    ['an output is on', '/3201/0', 'e115ae 01', { '/3201/0/5550': true }],
    ['acceleration along y', '/3313/0', 'e41647 3f800000', { '/3313/0/5703': 1 }],
    ['a lifetime of 12 hours fits into two bytes', '/1/0', 'c201 a8c0', { '/1/0/1': 43_200 }],
    ['when the client was set up', '/1/0', 'c40c 65536f80', { '/1/0/12': 1_699_966_848 }],
    ['a failed registration blocks others', '/1/0', 'c10f 01', { '/1/0/15': true }],
    ['keys of SMS are secret, the number is not', '/0/0', 'c107 aa c108 bb c309 343735', { '/0/0/9': '475' }],
  ];
  for (const [name, path, hex, values] of bodies) {
    it(name, () => assert.deepEqual(read(path, hex), values));
  }

  it('of a power meter become quantities', () => {
    const resources = Object.entries({ 5800: 200, 5805: 1500, 5820: 0.9 });
    const reading = lwm2mReading(resources.map(([id, value]) => ({ path: `/3305/0/${id}`, value })));
    assert.deepEqual(reading, {
      values: { power: 200, energy: 1.5, power_factor: 0.9 },
      unknownNames: [],
    });
  });
});
