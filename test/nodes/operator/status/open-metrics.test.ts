import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openMetrics } from '../../../../nodes/operator/status/open-metrics.ts';
import { readOpenMetrics } from '../../../support/open-metrics.ts';

describe('openMetrics', () => {
  it('writes families as a strict reader wants them', () => {
    const text = openMetrics([
      { name: 'a_messages', type: 'counter', help: 'Of "all".\nBack\\slash', samples: [{ value: 2 }] },
      { name: 'empty', type: 'gauge', help: 'Nothing.', samples: [] },
      {
        name: 'b_bytes',
        type: 'gauge',
        unit: 'bytes',
        help: 'Size.',
        samples: [
          { labels: { area: 'waste', x: '1' }, value: 1e21 },
          { labels: { area: 'water', x: '1' }, value: -0.5 },
        ],
      },
      {
        name: 'c_seconds',
        type: 'histogram',
        unit: 'seconds',
        help: 'Time.',
        distributions: [{ labels: { database: 'd' }, bounds: [0.5, 1], counts: [1, 0, 2], sum: 7 }],
      },
    ]);
    assert.equal(
      text,
      `# TYPE a_messages counter
# HELP a_messages Of \\"all\\".\\nBack\\\\slash
a_messages_total 2
# TYPE b_bytes gauge
# HELP b_bytes Size.
# UNIT b_bytes bytes
b_bytes{area="waste",x="1"} 1e+21
b_bytes{area="water",x="1"} -0.5
# TYPE c_seconds histogram
# HELP c_seconds Time.
# UNIT c_seconds seconds
c_seconds_bucket{database="d",le="0.5"} 1
c_seconds_bucket{database="d",le="1.0"} 1
c_seconds_bucket{database="d",le="+Inf"} 3
c_seconds_count{database="d"} 3
c_seconds_sum{database="d"} 7
# EOF
`,
    );
    assert.deepEqual([...readOpenMetrics(text).keys()], ['a_messages', 'b_bytes', 'c_seconds']);
  });

  it('keeps every label and value', () => {
    const samples = fc.uniqueArray(fc.record({ text: fc.string({ unit: 'binary' }), value: fc.double() }), {
      selector: ({ text }) => text,
      minLength: 1,
    });
    fc.assert(
      fc.property(samples, (given) => {
        const family = given.map(({ text, value }) => ({ labels: { text }, value }));
        const read = readOpenMetrics(openMetrics([{ name: 'x', type: 'gauge', help: 'X', samples: family }]));
        const found = read.get('x')?.samples.map(({ labels, value }) => ({ text: labels.text, value }));
        // Zero has no sign in the text.
        assert.deepEqual(
          found,
          given.map(({ text, value }) => ({ text, value: value === 0 ? 0 : value })),
        );
      }),
    );
  });
});

describe('the strict reader', () => {
  const wrong: [text: string, reason: RegExp][] = [
    ['x 1\n', /# EOF/],
    ['# TYPE x counter\nx 1\n# EOF\n', /does not belong/],
    ['# TYPE x gauge\nx 1\n# TYPE y gauge\ny 1\n# TYPE x gauge\n# EOF\n', /two places/],
    ['# TYPE x gauge\nx 1\nx 2\n# EOF\n', /twice/],
    ['# TYPE x gauge\n# UNIT x bytes\nx 1\n# EOF\n', /unit/],
    ['# TYPE x counter\nx_total -1\n# EOF\n', /below 0/],
    ['# TYPE x gauge\nx{a="b} 1\n# EOF\n', /no sample/],
    ['# TYPE x histogram\nx_bucket{le="1"} 1\nx_bucket{le="+Inf"} 1\nx_count 1\nx_sum 1\n# EOF\n', /float/],
    ['# TYPE x histogram\nx_bucket{le="1.0"} 2\nx_bucket{le="+Inf"} 1\nx_count 1\nx_sum 1\n# EOF\n', /fall/],
  ];
  for (const [text, reason] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => readOpenMetrics(text), reason);
    });
  }
});
