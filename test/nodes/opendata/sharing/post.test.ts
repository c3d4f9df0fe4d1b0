import assert from 'node:assert/strict';
import { drawPicture } from '../../../../nodes/opendata/sharing/picture.ts';
import { type PostOptions, postOf } from '../../../../nodes/opendata/sharing/post.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';
import { BASE, NOW, openSkiTrail, type SkiTrail, START } from '../ski-trail.ts';

describe('a post about a dataset', () => {
  let trail: SkiTrail;
  let entry: Entry;
  const locale = { language: 'en', timeZone: 'Europe/Stockholm' } as const;

  before(async () => {
    trail = await openSkiTrail();
    [entry] = trail.site.list() as [Entry];
  });
  after(() => trail.close());

  const post = (options: Partial<PostOptions> = {}, language: 'en' | 'nb' | 'fi' = 'en') =>
    postOf(
      entry,
      { places: [], period: 'two_days', template: '', longest: 500, base: BASE, now: NOW, ...options },
      { ...locale, language },
    );

  it('says in the chosen language what each place is like, and where to read on', async () => {
    const made = await post();
    assert.equal(made?.title, 'Ski trail');
    const [heading, ...lines] = made.text.split('\n');
    assert.equal(heading, 'Ski trail, 18 March 2018');
    assert.match(lines.join('\n'), /^Toppen: .*3\.0 °C/m);
    assert.equal(lines.at(-1), `${BASE}ski-trail/`);
    assert.match((await post({}, 'nb'))?.text ?? '', /^Skiløypa, 18\. mars 2018\n/);
    assert.equal((await post({}, 'fi'))?.language, 'fi');
  });

  it('uses the dataset’s own phrases, and the text of the form', async () => {
    const phrases = [{ when: [], text: { en: 'Snow {snow_temperature}: blue grip wax' } }];
    const own = { ...entry, dataset: { ...entry.dataset, phrases } };
    const options = { places: ['Toppen'], template: '{places} – {publisher} {nonsense}', longest: 500 };
    const made = await postOf(own, { ...options, period: 'two_days', now: NOW }, locale);
    assert.equal(made?.text, 'Toppen: Snow 3.0 °C: blue grip wax – Fjellby kommune {nonsense}');
    assert.equal(made.link, undefined);
  });

  it('is as long as the channel takes, with the number of places left out', async () => {
    const full = (await post())?.text ?? '';
    const short = (await post({ longest: full.length - 1 }))?.text ?? '';
    assert.ok(short.length < full.length);
    assert.match(short, /… and 1 more place$/m);
    assert.equal((await post({ longest: 20 }))?.text.length, 20);
  });

  it('is none without a fresh value, and none of made-up ones', async () => {
    assert.equal(await post({ now: NOW + 86_400_000 }), undefined);
    assert.equal(await post({ places: ['Elsewhere'] }), undefined);
    const { devices } = trail;
    const real = devices.splice(0, devices.length, { ...START, sandbox: true });
    await trail.sandbox.write([
      {
        measurement: 'ski_trail',
        tags: { device: 'ski-a', site: 'Start' },
        fields: { snow_temperature: 1 },
        time: NOW,
      },
    ]);
    assert.equal(await post(), undefined);
    devices.splice(0, devices.length, ...real);
  });

  it('counts a value that is published late, or over a day, as fresh for so much longer', async () => {
    const { privacy } = entry.dataset;
    const release = { every: 'day', by: 'place', fewestDevices: 1 } as const;
    for (const terms of [{ delayMinutes: 300 }, { release }]) {
      const late = { ...entry, dataset: { ...entry.dataset, privacy: { ...privacy, ...terms } } };
      const options = { places: [], template: '', longest: 500, period: 'two_days', quantity: null } as const;
      const now = NOW + ('release' in terms ? 86_400_000 : 5 * 3_600_000);
      assert.ok(await postOf(late, { ...options, now }, locale), JSON.stringify(terms));
    }
  });

  it('has a chart that stands by itself, described for those who cannot see it', async () => {
    const { picture } = (await post()) ?? {};
    assert.match(picture?.alt ?? '', /^Snow temperature \(°C\).*Toppen: from 2\.0 °C to 3\.0 °C/);
    assert.match(picture?.svg ?? '', /^<svg xmlns=/);
    assert.doesNotMatch(picture?.svg ?? '', /var\(|currentColor|<script/);
    assert.match(picture?.svg ?? '', />Fjellby kommune</);
    assert.equal((await post({ quantity: null }))?.picture, undefined);
    const unpublished = await post({ quantity: 'battery_voltage' });
    assert.ok(unpublished && !unpublished.picture, 'what the dataset does not publish is not drawn');
  });

  it('escapes what it writes into the chart', async () => {
    const publisher = { ...entry.publisher, name: '<script>alert(1)</script>' };
    const places = [{ id: 'toppen', name: 'Toppen' }];
    const options = { places, quantity: 'snow_temperature', period: 'two_days', now: NOW } as const;
    const picture = await drawPicture({ ...entry, publisher }, options, locale);
    assert.match(picture?.svg ?? '', /&lt;script&gt;/);
    assert.doesNotMatch(picture?.svg ?? '', /<script/);
  });
});
