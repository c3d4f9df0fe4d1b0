import assert from 'node:assert/strict';
import { type AlarmEvent, AlarmWatch } from '../../../nodes/alarm/alarm.ts';
import { AlarmLinks } from '../../../nodes/alarm/alarm-links.ts';
import { feedbackOf } from '../../../nodes/anomaly/feedback.ts';
import { answerAlarmPage } from '../../../nodes/operator/alarm-page.ts';
import { operatorRoutes } from '../../../nodes/operator/routes.ts';
import type { OperatorSources } from '../../../nodes/operator/sources.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { NOW, openTown, type Town } from './town.ts';

const text = (markup: string) =>
  markup.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const SECRET = 'a secret of this test';
const LOCALE = { language: 'nb', timeZone: 'Europe/Oslo' } as const;

describe('answers to alarms', () => {
  let town: Town;
  let event: AlarmEvent;
  const saved: Point[] = [];
  beforeEach(async () => {
    town = await openTown();
    saved.length = 0;
    const raised = new AlarmWatch(town.folder.state, RULE, 'nb').watch({
      device: { id: 'bin-1', name: 'Dunk 1', area: 'waste' },
      phenomenonTime: new Date(NOW).toISOString(),
      timeSource: 'arrival',
      receivedTime: new Date(NOW).toISOString(),
      values: { fill_level: 95 },
      anomalies: { fill_level: { score: 0.97, expected: 40, band: [30, 50], sentence: 'Altfor <full>' } },
      raw: { payloadHex: '', codec: '', codecVersion: '' },
    });
    assert.ok(raised);
    event = raised;
  });
  afterEach(() => town.close());

  const RULE = {
    id: 'odd',
    name: 'Odd',
    quantity: 'fill_level',
    condition: 'anomaly',
    limit: 0,
    hysteresis: 0,
    delay: 0,
    severity: 'warning',
    flagged: false,
  } as const;

  const withSources = <T>(use: (sources: OperatorSources) => Promise<T>): Promise<T> =>
    use({ ...town.sources, save: (points) => void saved.push(...points) });
  const answers = () => feedbackOf(town.folder.state, 'bin-1', 'fill_level').map(({ answer }) => answer);

  describe('on the operator page', () => {
    const routeOf = (name: string) => {
      const routes = operatorRoutes({
        ...LOCALE,
        now: () => NOW,
        status: () => ({ title: '', status: 'pass', sentence: '', lines: [] }),
        withSources,
        onProblem: (error) => assert.fail(String(error)),
      });
      const route = routes.find(({ path }) => path === `/byflyt/operator/${name}`);
      assert.ok(route);
      return route;
    };
    const ask = (body: unknown, requestedWith: string | undefined = 'byflyt-operator') =>
      routeOf('alarm').answer({ query: new URLSearchParams(), acceptLanguage: 'en', requestedWith, body });
    const shown = async () => {
      const { body } = await routeOf('content').answer({
        query: new URLSearchParams(),
        acceptLanguage: 'nb',
      });
      return text(/<section aria-labelledby="alarms">[\s\S]*?<\/section>/.exec(body)?.[0] ?? '');
    };

    it('are buttons beside each open alarm; whoever has seen one is not asked again', async () => {
      assert.match(await shown(), /Jeg har sett den Den var riktig Falsk alarm Planlagt arbeid/);
      const answer = await ask({ action: 'seen', key: 'alarm/odd/bin-1' });
      assert.match(answer.body, /no more reminders/);
      assert.match(await shown(), /sett Den var riktig/);
      assert.deepEqual(answers(), []);
    });

    it('are kept with the alarm, and for the detector', async () => {
      await ask({ action: 'false', key: 'alarm/odd/bin-1' });
      assert.deepEqual(answers(), ['false']);
      const tags = { device: 'bin-1', alarm: 'Odd' };
      assert.deepEqual(saved, [{ measurement: 'alarm', tags, fields: { answer: 'false' }, time: NOW }]);
    });

    it('are refused from foreign pages, for other words, and say it when the alarm is over', async () => {
      assert.equal((await ask({ action: 'false', key: 'alarm/odd/bin-1' }, '')).status, 403);
      const wrong = await ask({ action: 'explode', key: 'alarm/odd/bin-1' });
      assert.equal(wrong.status, 400);
      assert.match((await ask({ action: 'right', key: 'alarm/odd/bin-9' })).body, /over already/);
      assert.deepEqual([answers(), saved], [[], []]);
    });
  });

  describe('by the link in the message', () => {
    const linkTo = () => new AlarmLinks(town.folder.state, SECRET, '').linkTo('alarm/odd/bin-1', event, NOW);
    const open = (link: string, reply?: string, secret = SECRET) =>
      answerAlarmPage({ token: link.split('/').at(-1) ?? '', reply }, withSources, secret, LOCALE, NOW);

    it('are asked for by a page that changes nothing itself', async () => {
      const { status, body } = await open(linkTo());
      assert.equal(status, 200);
      assert.match(text(body), /Altfor &lt;full&gt; .*Hva var det\?.*Falsk alarm/);
      assert.doesNotMatch(body, /bin-1|<script/);
      assert.deepEqual([answers(), saved], [[], []]);
    });

    it('are taken, and may be changed', async () => {
      const link = linkTo();
      await open(link, 'right');
      const { body } = await open(link, 'false');
      assert.match(text(body), /blir sjeldnere/);
      assert.deepEqual(answers(), ['false']);
      assert.deepEqual(
        saved.map(({ fields }) => fields.answer),
        ['right', 'false'],
      );
    });

    it('are not taken with a wrong link, without a secret, for a device that is gone, or in other words', async () => {
      const link = linkTo();
      assert.equal((await open('/byflyt/alarm/nonsense', 'false')).status, 404);
      assert.equal((await open(link, 'false', '')).status, 404);
      assert.equal((await open(link, 'explode')).status, 400);
      town.registry.remove('bin-1');
      assert.equal((await open(link, 'false')).status, 404);
      assert.deepEqual([answers(), saved], [[], []]);
    });
  });
});
