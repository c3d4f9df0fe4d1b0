import assert from 'node:assert/strict';
import { drawPicture, pngOf } from '../../../../nodes/opendata/sharing/picture.ts';
import { PostBook } from '../../../../nodes/opendata/sharing/post-book.ts';
import { Poster } from '../../../../nodes/opendata/sharing/poster.ts';
import { type ShareForm, shareSettings } from '../../../../nodes/opendata/sharing/settings.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { BASE, NOW, openSkiTrail, type SkiTrail, textOf } from '../ski-trail.ts';
import { StandInServices } from './stand-in-services.ts';

const timeZone = 'Europe/Stockholm';

describe('pictures of charts', () => {
  let trail: SkiTrail;
  let entry: Entry;
  let services: StandInServices;
  let url: URL;

  before(async () => {
    trail = await openSkiTrail();
    [entry] = trail.site.list() as [Entry];
  });
  after(() => trail.close());
  beforeEach(async () => {
    services = new StandInServices();
    url = await services.listen();
  });
  afterEach(() => services.close());

  const poster = (form: ShareForm = {}) => {
    const settings = shareSettings(
      { dataset: 'ski-trail', language: 'en', channel: 'mastodon', quantity: 'snow_temperature', ...form },
      { url: `${url.href}${form.channel ? 'hook/secret' : ''}`, token: 'token' },
    );
    return new Poster({ settings, book: new PostBook(new MemoryState(), 'node'), scope: 'node', timeZone });
  };

  it('become PNG with letters, on a machine without fonts', async () => {
    const places = [{ id: 'toppen', name: 'Toppen' }];
    const options = { places, quantity: 'snow_temperature', period: 'two_days', now: NOW } as const;
    const picture = (await drawPicture(entry, options, { language: 'nb', timeZone })) ?? assert.fail();
    const png = await pngOf(picture);
    assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1600, 896]);
    const wordless = await pngOf({ ...picture, svg: picture.svg.replace(/<text[\s\S]*?<\/text>/g, '') });
    assert.ok(png.length > wordless.length + 5000, 'letters were drawn');
  });

  it('posts text and chart to Mastodon, with a description of the chart', async () => {
    const outcome = await poster().post(entry, BASE, NOW);
    assert.equal(outcome.kind, 'posted');
    const [status] = services.statuses;
    assert.match(status?.status ?? '', /^Ski trail, 18 March 2018\n/);
    assert.deepEqual([status?.language, status?.visibility, status?.media_ids], ['en', 'public', ['1']]);
    const media = services.media.get('1');
    assert.deepEqual([...(media?.bytes.subarray(1, 4) ?? [])], [0x50, 0x4e, 0x47]);
    assert.match(media?.description ?? '', /Toppen: from/);
  });

  it('sends Slack and Teams a chart by its address, and other services the chart itself', async () => {
    const image = `${BASE}ski-trail/chart.png`;
    await poster({ channel: 'slack', each: 'hour' }).post(entry, BASE, NOW);
    await poster({ channel: 'teams', each: 'day' }).post(entry, BASE, NOW);
    await poster({ channel: 'json', each: 'week' }).post(entry, BASE, NOW);
    const [slack, teams, json] = services.messages;
    assert.partialDeepStrictEqual(slack, {
      blocks: [{ type: 'section' }, { type: 'image', image_url: image }],
    });
    const { attachments } = teams as { attachments: { content: { body: object[] } }[] };
    assert.partialDeepStrictEqual(attachments[0]?.content.body.at(-1), { type: 'Image', url: image });
    assert.partialDeepStrictEqual(json, { dataset: 'ski-trail', language: 'en', link: `${BASE}ski-trail/` });
    assert.match(String(json?.svg), /^<svg/);
    assert.equal(Buffer.from(String(json?.png), 'base64').toString('latin1', 1, 4), 'PNG');
  });
});

describe('the chart of a dataset', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail();
  });
  after(() => trail.close());

  it('is there as SVG and PNG, of any published quantity with numbers', async () => {
    const svg = await trail.get('/ski-trail/chart.svg?quantity=snow_humidity&lang=en');
    assert.equal(svg.headers['Content-Type'], 'image/svg+xml; charset=utf-8');
    assert.match(await textOf(svg), /Snow moisture|Snow humidity/);
    const png = await trail.get('/ski-trail/chart.png');
    assert.deepEqual([png.status, png.headers['Content-Type']], [200, 'image/png']);
    for (const quantity of ['battery_voltage', 'air_temperature', 'constructor'])
      assert.equal((await trail.get(`/ski-trail/chart.svg?quantity=${quantity}`)).status, 404, quantity);
    assert.equal((await trail.get('/ski-trail/chart.svg?size=9')).status, 400);
  });
});
