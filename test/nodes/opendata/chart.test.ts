import assert from 'node:assert/strict';
import { drawChart } from '../../../nodes/opendata/chart.ts';

const HOUR = 3_600_000;
/** Clocks in Oslo go from 02:00 to 03:00 on 29 March 2026. */
const TO = Date.parse('2026-03-29T22:00:00Z');
const FROM = TO - 48 * HOUR;

async function labels(values: readonly number[], language: 'nb' | 'en-US' = 'nb'): Promise<string[]> {
  const points = values.map((value, index) => ({ time: FROM + index * HOUR, value }));
  const chart = { id: 'c', title: 't', description: 'd', series: [{ label: 'Start', points }] };
  const size = { width: 820, height: 300, gap: 3 * HOUR, span: 1 };
  const svg = await drawChart(
    { ...chart, ...size, from: FROM, to: TO },
    { language, timeZone: 'Europe/Oslo' },
  );
  assert.doesNotMatch(svg, /NaN|undefined|null/);
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

describe('chart', () => {
  it('writes large numbers as each language does', async () => {
    assert.ok((await labels([0, 20_000])).includes('20\u202f000'));
    assert.ok((await labels([0, 20_000], 'en-US')).includes('20,000'));
  });

  it('writes negative numbers and decimals', async () => {
    const shown = await labels([-41.2, -40.6]);
    assert.ok(shown.includes('−41,0') && shown.includes('−40,6'), shown.join(' '));
  });

  it('shows the hours on the wall on the day that clocks change', async () => {
    const shown = await labels([1, 2, 3]);
    const hours = shown.filter((text) => /^(\d\d|\D+\d+\.)$/.test(text) && !text.startsWith('−'));
    assert.match(hours.join(' '), /06 12 18 søn\. 29\. 06 12 18 man\. 30\.$/);
  });

  it('names only the lines that are there', async () => {
    const series = ['Start', 'Toppen', 'Dalen'].map((label, index) => ({
      label,
      points: index === 1 ? [] : [{ time: TO, value: index }],
    }));
    const frame = { id: 'c', title: 't', description: 'd', width: 820, height: 300, gap: HOUR, span: 1 };
    const svg = await drawChart(
      { ...frame, series, from: FROM, to: TO },
      { language: 'nb', timeZone: 'Europe/Oslo' },
    );
    assert.match(svg, />Start<.*>Dalen</s);
    assert.doesNotMatch(svg, /Toppen/);
  });

  it('is an empty frame without values', async () => {
    assert.ok((await labels([])).length > 0);
  });
});
