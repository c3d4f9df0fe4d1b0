import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { writeDashboards } from '../../dashboards/build.ts';
import { dashboards } from '../../dashboards/index.ts';
import { grafanaUnit } from '../../dashboards/units.ts';
import { LANGUAGES } from '../../nodes/observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../nodes/observation/quantities.ts';
import { queriesOf } from './grafana.ts';

const BY_CHOICE = { type: 'influxdb', uid: '$' + '{datasource}' };

function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');
}

function overlap(one: Panel, other: Panel): boolean {
  const [a, b] = [one.gridPos, other.gridPos];
  if (!a || !b) throw new Error('a panel without a place');
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

for (const language of LANGUAGES) {
  describe(`dashboards in ${language}`, () => {
    const all = dashboards(language);

    it('have uids and titles of their own', () => {
      assert.deepEqual(
        all.map(({ uid }) => uid),
        [
          'byflyt-ski-trail',
          'byflyt-waste',
          'byflyt-water-level',
          'byflyt-device-health',
          'byflyt-sensor',
          'byflyt-accounting',
        ],
      );
      assert.equal(new Set(all.map(({ title }) => title)).size, all.length);
    });

    it('explain every panel and give it a unit and words for "no data"', () => {
      for (const panel of all.flatMap(panelsOf)) {
        const { unit, noValue } = panel.fieldConfig?.defaults ?? {};
        for (const text of [panel.title, panel.description, unit, noValue])
          assert.ok(text, JSON.stringify(panel.title));
      }
    });

    it('have a legend for every chart and a range for every bar', () => {
      for (const panel of all.flatMap(panelsOf)) {
        if (panel.type === 'timeseries') assert.equal(panel.options.legend.showLegend, true, panel.title);
        const { min, max } = panel.fieldConfig?.defaults ?? {};
        if (panel.type === 'bargauge') assert.ok(min !== undefined && max !== undefined, panel.title);
      }
    });

    it('lay panels out on 24 columns without overlap', () => {
      for (const dashboard of all) {
        const panels = panelsOf(dashboard);
        for (const [index, panel] of panels.entries()) {
          const { x = 0, w = 0 } = panel.gridPos ?? {};
          assert.ok(w > 0 && x + w <= 24, `${panel.title} is too wide`);
          const other = panels.slice(index + 1).find((candidate) => overlap(panel, candidate));
          assert.equal(other?.title, undefined, `${panel.title} overlaps`);
        }
        const ids = (dashboard.panels ?? []).map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
      }
    });

    it('read from the chosen data source everywhere', () => {
      for (const dashboard of all) {
        const [first, ...variables] = dashboard.templating.list ?? [];
        assert.deepEqual([first?.type, first?.name, first?.query], ['datasource', 'datasource', 'influxdb']);
        for (const { datasource } of variables.filter(({ type }) => type === 'query')) {
          assert.deepEqual(datasource, BY_CHOICE);
        }
        for (const { datasource } of dashboard.annotations.list ?? [])
          assert.deepEqual(datasource, BY_CHOICE);
        for (const { datasource, targets = [] } of panelsOf(dashboard)) {
          assert.deepEqual(datasource, BY_CHOICE);
          assert.ok(targets.length > 0);
          for (const target of targets)
            assert.deepEqual((target as { datasource?: unknown }).datasource, BY_CHOICE);
        }
      }
    });

    it('name the data source in every row, so that sandbox data is seen as such', () => {
      const rows = all.flatMap(({ panels = [] }) => panels.filter(({ type }) => type === 'row'));
      assert.ok(rows.length >= 6);
      for (const { title } of rows) assert.match(title ?? '', /\$\{datasource:text\}$/);
    });

    it('never show an identifier of a LoRaWAN device', () => {
      for (const { where, query, columns } of all.flatMap(queriesOf)) {
        assert.doesNotMatch([query, ...columns].join(' '), /deveui|devaddr/i, where);
      }
    });
  });
}

describe('dashboards', () => {
  it('ask the same in all languages', () => {
    const asked = LANGUAGES.map((language) =>
      dashboards(language)
        .flatMap(queriesOf)
        .map(({ query }) => query),
    );
    for (const other of asked) assert.deepEqual(other, asked[0]);
  });

  it('are written as one file each, the same every time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'byflyt-dashboards-'));
    try {
      writeDashboards(folder);
      const read = () =>
        LANGUAGES.flatMap((language) =>
          readdirSync(join(folder, language)).map((name) =>
            readFileSync(join(folder, language, name), 'utf8'),
          ),
        );
      const first = read();
      assert.equal(first.length, LANGUAGES.length * dashboards('nb').length);
      for (const text of first) assert.ok(JSON.parse(text).panels.length > 5);
      writeDashboards(folder);
      assert.deepEqual(read(), first);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('know a unit for every quantity: one of Grafana, or the sign behind the number', () => {
    const units = Object.fromEntries(
      (Object.keys(QUANTITIES) as QuantityId[]).map((id) => [id, grafanaUnit(id)]),
    );
    for (const [id, unit] of Object.entries(units)) assert.match(unit, /^(suffix: \S+|\S+)$/, id);
    const { snow_temperature, distance, fill_level, snow_depth } = units;
    assert.deepEqual(
      [snow_temperature, distance, fill_level, snow_depth],
      ['celsius', 'lengthm', 'percent', 'suffix: cm'],
    );
  });
});
