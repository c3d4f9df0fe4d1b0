/** What the examples of RFC 8428 show, with other names and numbers, and what its rules say beyond them. */
import assert from 'node:assert/strict';
import { readSenmlCbor, readSenmlJson, resolveSenml, SenmlResolver } from '../../../nodes/nbiot/senml.ts';

const NOW = 1_700_000_000;
const THEN = 1_600_000_000;

const PACKS: [name: string, pack: object[], resolved: object[]][] = [
  [
    'a single datapoint (5.1.1)',
    [{ n: 'urn:dev:ow:01', u: 'Cel', v: 23.1 }],
    [{ n: 'urn:dev:ow:01', u: 'Cel', v: 23.1, t: NOW }],
  ],
  [
    'a base time, a base unit and times before it (5.1.2)',
    [
      { bn: 'urn:dev:ow:01:', bt: THEN, bu: 'A', bver: 5, n: 'voltage', u: 'V', v: 120.1 },
      { n: 'current', t: -5, v: 1.2 },
      { n: 'current', v: 1.7 },
    ],
    [
      { n: 'urn:dev:ow:01:voltage', u: 'V', v: 120.1, t: THEN },
      { n: 'urn:dev:ow:01:current', u: 'A', v: 1.2, t: THEN - 5 },
      { n: 'urn:dev:ow:01:current', u: 'A', v: 1.7, t: THEN },
    ],
  ],
  [
    'a device without a clock: all times before now (5.1.3)',
    [
      { bn: 'urn:dev:ow:01', bu: '%RH', t: -120, v: 20 },
      { u: 'lon', v: 24.3 },
      { t: -60, v: 20.3 },
    ],
    [
      { n: 'urn:dev:ow:01', u: '%RH', v: 20, t: NOW - 120 },
      { n: 'urn:dev:ow:01', u: 'lon', v: 24.3, t: NOW },
      { n: 'urn:dev:ow:01', u: '%RH', v: 20.3, t: NOW - 60 },
    ],
  ],
  [
    'every kind of value (5.1.5)',
    [
      { bn: 'urn:dev:ow:01:', n: 'temp', u: 'Cel', v: 23.1 },
      { n: 'label', vs: 'Pump room' },
      { n: 'open', vb: false },
      { n: 'tag', vd: '-_8' },
    ],
    [
      { n: 'urn:dev:ow:01:temp', u: 'Cel', v: 23.1, t: NOW },
      { n: 'urn:dev:ow:01:label', vs: 'Pump room', t: NOW },
      { n: 'urn:dev:ow:01:open', vb: false, t: NOW },
      { n: 'urn:dev:ow:01:tag', vd: 'fbff', t: NOW },
    ],
  ],
  [
    'base value and base sum, of which one part may be missing (4.5.4)',
    [
      { bn: 'm', bv: 20, n: '1', v: 0.5 },
      { n: '2', t: -1 },
      { n: '3', vs: 'off' },
      { bs: 100, n: '4', s: 5 },
      { n: '5', v: 1 },
    ],
    [
      { n: 'm1', v: 20.5, t: NOW },
      { n: 'm2', v: 20, t: NOW - 1 },
      { n: 'm3', vs: 'off', t: NOW },
      { n: 'm4', s: 105, t: NOW },
      { n: 'm5', v: 21, s: 100, t: NOW },
    ],
  ],
  [
    'the first time that is absolute, and the last that is relative (4.5.3)',
    [
      { n: 'a', v: 1, t: 2 ** 28 },
      { n: 'a', v: 1, t: 2 ** 28 - 1 },
    ],
    [
      { n: 'a', v: 1, t: 2 ** 28 },
      { n: 'a', v: 1, t: NOW + 2 ** 28 - 1 },
    ],
  ],
];

describe('SenML', () => {
  for (const [name, pack, resolved] of PACKS) {
    it(name, () => {
      assert.deepEqual(resolveSenml(readSenmlJson(JSON.stringify(pack)), NOW), resolved);
    });
  }

  it('is the same in CBOR, with half-precision numbers and a list without a length (6)', () => {
    // [_ {-2: "a", -3: 1600000000, 0: "b", 2: 1.5(half)}, {0: "c", 4: true, 6: -10}]
    const bytes = Buffer.from(
      '9fa4216161221a5f5e1000006162 02f93e00 a3006163 04f5 0629 ff'.replaceAll(' ', ''),
      'hex',
    );
    assert.deepEqual(resolveSenml(readSenmlCbor(bytes), NOW), [
      { n: 'ab', v: 1.5, t: THEN },
      { n: 'ac', vb: true, t: THEN - 10 },
    ]);
  });

  it('goes on in a stream: the base of earlier messages holds (SenSML)', () => {
    const stream = new SenmlResolver();
    const next = (record: object, now: number) => stream.resolve(readSenmlJson([record]), now);
    next({ bn: 'urn:dev:ow:01', bt: THEN, bu: '%RH', v: 21.2 }, NOW);
    assert.deepEqual(next({ t: 10, v: 21.3 }, NOW + 60), [
      { n: 'urn:dev:ow:01', u: '%RH', v: 21.3, t: THEN + 10 },
    ]);
    assert.throws(() => next({ bn: '?', v: 1 }, NOW));
    assert.deepEqual(next({ t: 20, v: 21.4 }, NOW + 60), [
      { n: 'urn:dev:ow:01', u: '%RH', v: 21.4, t: THEN + 20 },
    ]);
  });
});
