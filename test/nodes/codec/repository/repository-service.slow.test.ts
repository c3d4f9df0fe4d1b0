import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelCatalog } from '../../../../nodes/codec/models.ts';
import { ExamplesCheck, failingProblem } from '../../../../nodes/codec/repository/examples-check.ts';
import { keptExamples } from '../../../../nodes/codec/repository/kept-examples.ts';
import {
  type CodecChoice,
  RepositoryService,
} from '../../../../nodes/codec/repository/repository-service.ts';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import { applyModel } from '../../../../nodes/devices/model.ts';
import { ConfigurationError } from '../../../../nodes/observation/errors.ts';
import { LANGUAGES, translate } from '../../../../nodes/observation/messages.ts';
import { newFolder, removeFolders, sampleRepository, writeFile } from './sample-repository.ts';

const GUST: CodecChoice = { brand: 'nordvind', device: 'gust-2', firmware: '1', region: 'EU863-870' };
const GUST_2: CodecChoice = { ...GUST, firmware: '2.0' };
/** The catalog and its codecs look at their files once a second. */
const NEXT_LOOK = 1100;

describe('choosing a sensor of the device repository', () => {
  let folder: string;
  let root: string;
  let models: ModelCatalog;

  beforeEach(() => {
    folder = newFolder();
    root = sampleRepository();
    models = ModelCatalog.open(folder);
  });
  after(async () => {
    removeFolders();
    await Sandbox.shared().close();
  });

  const serviceAt = (setting: string) => new RepositoryService({ folder, models, setting, base: folder });

  /** Takes every row as it is suggested, with some changes. */
  async function adoptAsSuggested(
    choice: CodecChoice,
    changes: Record<string, { quantity: string; unit?: string; yes?: string }> = {},
  ) {
    const service = serviceAt(root);
    const { rows } = await service.codec(choice, 'en-US');
    const choices = rows.map(({ path, quantity, unit, yes }) => ({
      path,
      quantity,
      unit,
      yes,
      ...changes[path],
    }));
    return service.adopt({ ...choice, interval: 15, choices }, 'en-US');
  }

  it('remembers where the repository is, unless a setting says so', async () => {
    const service = serviceAt('');
    assert.deepEqual(service.place(), { place: '', fixed: false });
    assert.throws(() => service.brands(), ConfigurationError);
    assert.throws(() => service.choosePlace('/nowhere'), ConfigurationError);
    service.choosePlace(root);
    assert.deepEqual(serviceAt('').place(), { place: root, fixed: false });
    assert.equal((await serviceAt('').brands()).length, 2);
    const fixed = serviceAt(root);
    assert.deepEqual(fixed.place(), { place: root, fixed: true });
    assert.throws(() => fixed.choosePlace(root), ConfigurationError);
  });

  it('maps the repository’s own vocabulary, guesses other names visibly, and leaves the rest open', async () => {
    const view = await serviceAt(root).codec(GUST, 'nb');
    assert.deepEqual(
      view.rows.map(({ path, quantity, unit, by }) => [path, quantity, unit, by]),
      [
        ['wind.knots', '', '', 'nobody'],
        ['wind.from', '', '', 'nobody'],
        ['BatV', 'battery_voltage', 'V', 'guess'],
        ['normalized.wind.speed', 'wind_speed', 'm/s', 'vocabulary'],
        ['normalized.wind.direction', 'wind_direction', 'deg', 'vocabulary'],
      ],
    );
    assert.deepEqual([view.fPort, view.exampleCount, view.normalizes], [7, 6, true]);
    assert.deepEqual(view.profile, { macVersion: '1.0.3', joins: true, classes: 'A, C' });
    const sensed = view.quantities.filter(({ sensed }) => sensed).map(({ id }) => id);
    assert.deepEqual(sensed.sort(), [
      'battery_level',
      'battery_voltage',
      'wind_direction',
      'wind_gust_speed',
      'wind_speed',
    ]);
    assert.ok(view.quantities.slice(0, 5).every(({ sensed }) => sensed));
    assert.equal(view.quantities.find(({ id }) => id === 'wind_speed')?.label, 'Vindstyrke');
  });

  it('makes a device model with its codec, version and examples in the data folder', async () => {
    const adopted = await adoptAsSuggested(GUST);
    assert.deepEqual(adopted, {
      id: 'nordvind-gust-2-gust-codec',
      vendor: 'Nordvind Sensors',
      name: 'Gust 2',
    });
    await delay(NEXT_LOOK);
    const model = models.get('nordvind-gust-2-gust-codec');
    assert.ok(model);
    assert.deepEqual(models.problems(), []);
    assert.equal(keptExamples(folder, model.codec).length, 6);
    const codec = models.codecFor(model);
    assert.equal(codec.version, (await serviceAt(root).codec(GUST, 'nb')).version);
    const input = { fPort: 7, bytes: Uint8Array.of(1, 20, 36), recvTime: new Date() };
    const { data } = await codec.decodeUplink(input);
    assert.deepEqual(data, {
      wind: { knots: 20, from: 'W' },
      BatV: 3.6,
      normalized: { wind: { speed: 10.288, direction: 270 } },
    });
    assert.deepEqual(applyModel(model, data), {
      values: { battery_voltage: 3.6, wind_speed: 10.288, wind_direction: 270 },
      unknownNames: [],
    });
    assert.deepEqual(await codec.decodeUplink({ ...input, fPort: 9 }), { errors: ['unknown FPort'] });
  });

  it('needs to know what words mean and which of two names is a quantity', async () => {
    const changes = { TempC_2: { quantity: 'air_temperature', unit: 'Cel' } };
    const refused = await adoptAsSuggested(GUST_2, changes);
    assert.ok('problems' in refused);
    assert.deepEqual(
      refused.problems.map(({ path }) => path),
      ['door', 'TempC_2'],
    );
    assert.match(refused.problems[1]?.text ?? '', /The name “TempC”/);
    assert.deepEqual(readdirSync(folder), []);
    const adopted = await adoptAsSuggested(GUST_2, { door: { quantity: 'door_open', yes: 'open, ajar' } });
    assert.ok('id' in adopted);
    await delay(NEXT_LOOK);
    const model = models.get(adopted.id);
    assert.ok(model);
    const { values, unknownNames } = applyModel(model, {
      TempC: 4,
      TempC_2: 5,
      door: 'closed',
      history: [{ t: 1 }],
    });
    assert.deepEqual([values, unknownNames], [{ air_temperature: 4, door_open: false }, []]);
    assert.equal(applyModel(model, { door: 'ajar' }).values.door_open, true);
  });

  it('refuses what no form sends: unknown quantities and units, an interval that is none, nothing at all', async () => {
    const wrong = await adoptAsSuggested(GUST, {
      BatV: { quantity: '__proto__' },
      'wind.from': { quantity: 'wind_direction', unit: 'deg' },
      'wind.knots': { quantity: 'wind_gust_speed', unit: 'Cel' },
    });
    assert.ok('problems' in wrong);
    assert.deepEqual(
      wrong.problems.map(({ path }) => path),
      ['wind.knots', 'wind.from', 'BatV', 'normalized.wind.direction'],
    );
    assert.match(wrong.problems[1]?.text ?? '', /does not give numbers/);
    const choices = [{ path: 'no such name', quantity: 'wind_speed', unit: 'm/s', yes: '' }];
    const empty = await serviceAt(root).adopt({ ...GUST, interval: Number.NaN, choices }, 'en-US');
    assert.ok('problems' in empty);
    assert.equal(empty.problems.length, 2);
    await assert.rejects(serviceAt(root).codec({ ...GUST_2, region: 'AS923' }, 'nb'), ConfigurationError);
    await assert.rejects(serviceAt(root).codec({ ...GUST, firmware: '9' }, 'nb'), ConfigurationError);
  });

  it('shows earlier choices again and says that the repository has a newer codec', async () => {
    await adoptAsSuggested(GUST, { 'wind.knots': { quantity: 'wind_gust_speed', unit: 'km/h' } });
    await delay(NEXT_LOOK);
    const before = await serviceAt(root).codec(GUST, 'nb');
    assert.deepEqual(before.model, { id: 'nordvind-gust-2-gust-codec', isOutdated: false });
    assert.equal(before.interval, 15);
    assert.deepEqual(
      before.rows.map(({ quantity, unit, by }) => `${quantity} ${unit} ${by}`),
      [
        'wind_gust_speed km/h person',
        '  person',
        'battery_voltage V person',
        'wind_speed m/s person',
        'wind_direction deg person',
      ],
    );
    const own = models.get('nordvind-gust-2-gust-codec');
    assert.ok(own);
    assert.deepEqual(await serviceAt(root).renewed([own]), []);
    assert.deepEqual(serviceAt('').choiceOf(own.id), GUST);
    assert.equal(serviceAt('').choiceOf('elsys-ers'), undefined);
    writeFile(root, 'vendor/nordvind/gust.js', 'function decodeUplink() { return { data: { fresh: 1 } } }');
    assert.deepEqual(await serviceAt(root).renewed([own, ...models.list()]), [own, own]);
    assert.deepEqual(await serviceAt('/nowhere').renewed([own]), []);
    const after = await serviceAt(root).codec(GUST, 'nb');
    assert.deepEqual(after.model, { id: 'nordvind-gust-2-gust-codec', isOutdated: true });
    await adoptAsSuggested(GUST, { fresh: { quantity: 'pulse_count', unit: '1' } });
    await delay(NEXT_LOOK);
    assert.equal((await serviceAt(root).codec(GUST, 'nb')).model?.isOutdated, false);
  });

  it('leaves a model of another origin with the same id alone', async () => {
    const own = {
      id: 'nordvind-gust-2-gust-codec',
      vendor: 'We',
      name: 'Own',
      codec: 'own.js',
      mappings: [],
      interval: 5,
    };
    writeFile(folder, 'models/own.json', JSON.stringify(own));
    const adopted = await adoptAsSuggested(GUST);
    assert.equal('id' in adopted && adopted.id, 'nordvind-gust-2-gust-codec-repository');
  });

  it('leaves the model of another device whose id is spelled the same alone', async () => {
    const adopted = await adoptAsSuggested(GUST);
    assert.ok('id' in adopted);
    const file = join(folder, 'models', `${adopted.id}.json`);
    const model = JSON.parse(readFileSync(file, 'utf8'));
    writeFile(
      folder,
      `models/${adopted.id}.json`,
      JSON.stringify({ ...model, repository: { ...model.repository, brand: 'nordvind-gust', device: '2' } }),
    );
    await delay(NEXT_LOOK);
    const second = await adoptAsSuggested(GUST);
    assert.equal('id' in second && second.id, `${adopted.id}-repository`);
  });

  it('reads examples that people wrote, and passes over what is none', () => {
    const example = { direction: 'decodeUplink', fPort: 1, bytesHex: '0a', output: { data: { t: 10 } } };
    const others = [null, 'text', {}, { ...example, direction: 'eval' }, { ...example, bytesHex: 10 }];
    writeFile(folder, 'codecs/own.js.examples.json', JSON.stringify([...others, example]));
    assert.deepEqual(keptExamples(folder, 'own.js'), [example]);
    writeFile(folder, 'codecs/own.js.examples.json', '{}');
    assert.deepEqual(keptExamples(folder, 'own.js'), []);
    assert.deepEqual(keptExamples(folder, 'none.js'), []);
  });

  it('checks the codecs in use by their examples, each version once', async () => {
    await adoptAsSuggested(GUST);
    await adoptAsSuggested(GUST_2, { door: { quantity: 'door_open', yes: 'open' } });
    await delay(NEXT_LOOK);
    const examplesOf = ({ codec }: { codec: string }) => keptExamples(folder, codec);
    const check = new ExamplesCheck({ models, examplesOf, language: 'en-US' });
    const used = models.list().filter(({ repository }) => repository);
    assert.equal(used.length, 2);
    const failing = await check.run(used);
    assert.deepEqual(
      failing.map(({ model, count, total }) => [model.repository?.codec, count, total]),
      [['gust-2-codec', 1, 2]],
    );
    assert.equal((await check.run(used))[0], failing[0], 'the same was run twice');
    for (const one of failing) {
      const { key, parameters } = failingProblem(one);
      for (const language of LANGUAGES)
        assert.doesNotMatch(translate(language, key, parameters), /__|undefined/);
    }
    writeFile(folder, 'codecs/nordvind-gust-2-gust-2-codec.js.examples.json', '{ damaged');
    assert.deepEqual(await check.run(used), []);
  });
});
