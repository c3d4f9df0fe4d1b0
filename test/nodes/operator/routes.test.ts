import assert from 'node:assert/strict';
import { AlarmWatch } from '../../../nodes/alarm/alarm.ts';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import type { Observation } from '../../../nodes/observation/observation.ts';
import { operatorContent } from '../../../nodes/operator/content.ts';
import { operatorRoutes } from '../../../nodes/operator/routes.ts';
import type { OperatorSources } from '../../../nodes/operator/sources.ts';
import { keepWorkList, rowsOf } from '../../../nodes/operator/work-list.ts';
import { eventually } from '../../support/eventually.ts';
import { NOW, openTown, point, type Town } from './town.ts';

const text = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('operator page', () => {
  let town: Town;
  const problems: unknown[] = [];
  beforeEach(async () => {
    town = await openTown();
  });
  afterEach(() => town.close());

  const get = async (name: string, changes: Partial<OperatorSources> = {}) => {
    const routes = operatorRoutes({
      language: 'nb',
      timeZone: 'Europe/Oslo',
      now: () => NOW,
      status: () => ({
        title: 'Tilstand',
        status: 'warn',
        sentence: 'Én ting bør følges opp.',
        lines: [
          {
            id: 'x',
            severity: 'warning',
            label: 'Følg opp',
            sentence: 'Databasen <svarer> ikke.',
            since: 'siden 14:02',
            node: { id: 'db', name: 'Database' },
          },
        ],
      }),
      withSources: (use) => use({ ...town.sources, ...changes }),
      onProblem: (error) => problems.push(error),
    });
    const [path, query = ''] = name.split('?');
    const route = routes.find((entry) => entry.path === `/byflyt/operator${path}`);
    assert.ok(route, name);
    return {
      ...(await route.answer({ query: new URLSearchParams(query), acceptLanguage: undefined })),
      open: route.open,
    };
  };
  const content = async (language = 'nb') => (await get(`/content?lang=${language}`)).body;

  it('lets the empty shell out to anyone, and nothing else', async () => {
    const shell = await get('');
    assert.equal(shell.open, true);
    assert.doesNotMatch(shell.body, /Dunk/);
    for (const name of ['/content', '/chart']) assert.equal((await get(name)).open, false);
  });

  it('shows the newest values with unit and quality in words, last sign of life and battery', async () => {
    await town.real.write([
      point('bin-1', 70, { fill_level: 60, fill_level_qc: 1 }),
      point('bin-1', 10, { fill_level: 81.5, fill_level_qc: 3, distance: 0.52, distance_qc: 1 }),
      point('bin-1', 10, { battery_level: 97.4, rssi: -101 }, 'device_health'),
    ]);
    const row = text(/<li><h3>Dunk 1[\s\S]*?class="signs"[\s\S]*?<\/li>/.exec(await content())?.[0] ?? '');
    assert.match(
      row,
      /Dunk 1 Storgata 1 Fyllingsgrad 81,5 % mistenkelig .*0,52 m god .*hørt 15:00 batteri 97 %/,
    );
  });

  it('shows what a device measures that names it itself, as in SenML', async () => {
    const level = { id: 'level-1', name: 'Elva', area: 'water', model: 'senml' } as const;
    town.registry.save(level);
    await town.real.write([
      point('level-1', 10, { water_level: 0.81, water_level_qc: 1, radio_something: 3 }, 'water'),
    ]);
    assert.match(text(await content()), /Elva Vannstand 0,81 m god hørt 15:00/);
  });

  it('says of a device that its clock is wrong', async () => {
    const health = (clock_offset: number) => point('bin-1', 10, { clock_offset }, 'device_health');
    await town.real.write([health(-7300)]);
    assert.match(text(await content()), /Dunk 1 Storgata 1 .*?Klokken går 2 timer for sakte/);
    await town.real.write([health(86_400 * 400)]);
    assert.match(text(await content('en')), /Dunk 1 Storgata 1 .*?Clock 400 days ahead/);
    await town.real.write([health(-40)]);
    assert.doesNotMatch(text(await content()), /Klokken/);
  });

  it('names silent devices by their own interval, and those never heard', async () => {
    await town.real.write([point('bin-1', 181, { distance: 1 }), point('bin-2', 179, { distance: 1 })]);
    const shown = text(await content());
    assert.match(shown, /Dunk 1 Storgata 1 .*?ikke hørt siden 12:09/);
    assert.doesNotMatch(shown, /Dunk 2 Torget [^D]*ikke hørt/);
    assert.match(shown, /Dunk 3 sandkasse [^D]*aldri hørt/);
  });

  it('keeps sandbox values apart and marks them', async () => {
    await town.sandbox.write([point('bin-3', 1, { distance: 0.9 }), point('bin-1', 1, { distance: 99 })]);
    const shown = text(await content('en'));
    assert.match(shown, /Sandbox devices are switched on/);
    assert.match(shown, /Dunk 3 sandbox Distance 0\.9 m not checked/);
    assert.doesNotMatch(shown, /99/);
  });

  it('shows open alarms', async () => {
    const rule = {
      id: 'full',
      name: 'Full',
      quantity: 'fill_level',
      condition: 'above',
      limit: 80,
      hysteresis: 5,
      delay: 0,
      severity: 'warning',
      flagged: true,
    } as const;
    const observation: Observation = {
      device: { id: 'bin-1', name: 'Dunk 1', area: 'waste' },
      phenomenonTime: new Date(NOW).toISOString(),
      timeSource: 'arrival',
      receivedTime: new Date(NOW).toISOString(),
      values: { fill_level: 95 },
      raw: { payloadHex: '', codec: '', codecVersion: '' },
    };
    assert.match(text(await content()), /Ingen åpne alarmer/);
    const event = new AlarmWatch(town.folder.state, rule, 'nb').watch(observation);
    const shown = text(await content());
    assert.ok(event && shown.includes(event.sentence));
    assert.match(shown, /advarsel/);
    town.registry.remove('bin-1');
    assert.match(
      text(await content()),
      /Ingen åpne alarmer/,
      'nobody can do anything about a device that is gone',
    );
  });

  it('counts unknown devices and rejected messages, with reasons', async () => {
    town.registry.unknown.seen({
      devEui: '24e124136b000001',
      network: 'The Things Stack',
      time: new Date(NOW).toISOString(),
    });
    const { journal } = town.folder;
    const message = {
      transport: 'mqtt',
      topic: 'up/<b>',
      body: Buffer.from('x'),
      receivedTime: new Date(NOW).toISOString(),
    };
    const [known, obsolete] = [await journal.append(message), await journal.append(message)];
    journal.settle(known, 'rejected', {
      reasonKey: 'operator.error.not_a_row',
      parameters: { row: 7 },
      device: 'Dunk 1',
    });
    journal.settle(obsolete, 'rejected', { reasonKey: 'operator.gone.in_a_later_version' });
    // The journal notes verdicts a moment later, many at a time.
    const markup = await eventually(async () => {
      const shown = await content('en');
      assert.match(text(shown), /Rejected messages \(2\)/);
      return shown;
    });
    assert.match(text(markup), /Unknown devices \(1\) .*24e124136b000001 The Things Stack 1 15:10/);
    assert.match(text(markup), /Dunk 1: Row 7 of the list is not an object/);
    assert.match(text(markup), /The reason is not known/);
    assert.match(markup, /up\/&lt;b&gt;/);
  });

  it('shows the newest of many unknown devices', async () => {
    for (let index = 0; index < 12; index++) {
      const time = new Date(NOW - index * 60_000).toISOString();
      town.registry.unknown.seen({ devEui: `24e124136b0000${10 + index}`, network: 'ChirpStack', time });
    }
    const shown = text(await content());
    assert.match(shown, /Ukjente enheter \(12\) .*24e124136b000010 .*24e124136b000019/);
    assert.doesNotMatch(shown, /24e124136b00002\d/);
  });

  it('says what was lost', async () => {
    const { journal } = town.folder;
    const counts = () => ({ ...journal.counts(), lost: 3 });
    const rejected: typeof journal.rejected = (options) => journal.rejected(options);
    const sources = { ...town.sources, journal: { rejected, counts } };
    const locale = { language: 'en-US', timeZone: 'Europe/Oslo' } as const;
    assert.match(await operatorContent(sources, locale, NOW), /3 unfinished messages had to go/);
    assert.doesNotMatch(await operatorContent(town.sources, locale, NOW), /had to go/);
  });

  it('shows a work list with the vocabulary’s names and units', async () => {
    const rows = rowsOf([
      {
        time: NOW,
        tags: { device: 'bin-1', site: 'Storgata 1' },
        values: { fill_level: 92.31, fill_level_qc: 1 },
      },
      { device: 'bin-3', name: 'Dunk 3', fill_level: 88, nested: { not: 'shown' } },
    ]);
    const list = { title: 'Tømmes i dag', columns: [], rows, time: new Date(NOW).toISOString() };
    keepWorkList(town.folder.state, 'list', list);
    const section = /<section class="list"[\s\S]*?<\/section>/.exec(await content())?.[0] ?? '';
    assert.match(
      text(section),
      /Tømmes i dag Per 15:10 Sted Fyllingsgrad Navn Tid ☐ Storgata 1 92,3 % 15:10 ☐ 88 % Dunk 3 sandkasse/,
    );
    assert.doesNotMatch(section, /nested|_qc/);
    keepWorkList(town.folder.state, 'list', {
      ...list,
      columns: [{ key: 'device', label: 'Hvilken' }, { key: 'fill_level' }],
    });
    const chosen = text(/<section class="list"[\s\S]*?<\/section>/.exec(await content())?.[0] ?? '');
    assert.match(chosen, /Hvilken Fyllingsgrad ☐ Dunk 1 92,3 % ☐ Dunk 3 sandkasse 88 %/);
    town.registry.remove('bin-1');
    assert.doesNotMatch(await content(), /92,3 %/, 'nobody can do anything about a device that is gone');
  });

  it('draws a series of two days or a month from the right store', async () => {
    await town.sandbox.write([
      point('bin-3', 60 * 24 * 20, { distance: 0.4 }),
      point('bin-3', 60, { distance: 0.9 }),
    ]);
    const days = async (number: number) =>
      text((await get(`/chart?device=bin-3&quantity=distance&days=${number}&lang=en`)).body);
    assert.match(await days(2), /From 0\.9 m to 0\.9 m/);
    assert.match(await days(30), /From 0\.4 m to 0\.9 m/);
    assert.match(
      text((await get('/chart?device=bin-1&quantity=distance&days=2&lang=en')).body),
      /No values in this time/,
    );
  });

  it('leaves failed values out of the line, and says which are suspect', async () => {
    await town.real.write([
      point('bin-1', 60, { distance: 0.9, distance_qc: 1 }),
      point('bin-1', 40, { distance: 65.5, distance_qc: 4 }),
      point('bin-1', 20, { distance: 0.8, distance_qc: 3 }),
    ]);
    for (const days of [2, 30]) {
      const { body } = await get(`/chart?device=bin-1&quantity=distance&days=${days}&lang=en`);
      assert.match(text(body), /1 value failed a check. .*1 value is suspect/);
      assert.doesNotMatch(body, /65\.5/);
      assert.equal(body.match(/class="mark-symbol/g)?.length, 4);
    }
  });

  it('gives a value its own time when the device was heard long after it', async () => {
    await town.real.write([
      point('bin-1', 400, { fill_level: 60 }),
      point('bin-1', 10, { distance: 0.5, distance_qc: 1, fill_level_qc: 9 }),
    ]);
    assert.match(text(await content()), /Fyllingsgrad 60 % mangler målt 08:30 Avstand 0,5 m god hørt 15:00/);
  });

  it('does not call a value good because the one before it was', async () => {
    await town.real.write([
      point('bin-1', 30, { distance: 0.6, distance_qc: 1 }),
      point('bin-1', 10, { distance: 0.5 }),
    ]);
    assert.match(text(await content()), /Avstand 0,5 m ikke kontrollert/);
  });

  it('begins with the status, also where the rest cannot be shown', async () => {
    const away = () => {
      throw new ConnectionError({ key: 'operator.error.not_deployed' });
    };
    for (const answer of [await get('/content'), await get('/content', { store: away })]) {
      assert.match(
        text(answer.body),
        /^ Tilstand Én ting bør følges opp\. Følg opp Databasen &lt;svarer&gt; ikke\. Database siden 14:02/,
      );
      assert.match(answer.body, /href="\.\.\/#node\/db"/);
    }
  });

  it('refuses series that do not exist', async () => {
    for (const query of [
      'device=x&quantity=distance&days=2',
      'device=bin-1&quantity=x&days=2',
      'device=bin-1&quantity=distance&days=3',
      '',
    ]) {
      assert.equal((await get(`/chart?${query}`)).status, 404);
    }
  });

  it('says in a sentence that the database is away, and logs what it cannot explain', async () => {
    await assert.doesNotReject(content());
    const away = () => {
      throw new ConnectionError({ key: 'operator.error.not_deployed' });
    };
    assert.equal((await get('/content', { store: away })).status, 503);
    assert.equal(problems.length, 0);
    const broken = () => {
      throw new TypeError('x is undefined');
    };
    assert.equal((await get('/content', { store: broken })).status, 500);
    assert.equal(problems.length, 1);
  });
});

describe('work list', () => {
  const wrong: [payload: unknown, key: string][] = [
    ['text', 'operator.error.not_a_list'],
    [{ rows: [] }, 'operator.error.not_a_list'],
    [[{ a: 1 }, 'text'], 'operator.error.not_a_row'],
    [[[1]], 'operator.error.not_a_row'],
    [Array.from({ length: 2001 }, () => ({})), 'operator.error.too_long'],
  ];
  for (const [payload, key] of wrong) {
    it(`refuses ${JSON.stringify(payload).slice(0, 40)}`, () => {
      assert.throws(() => rowsOf(payload), { key });
    });
  }
});
