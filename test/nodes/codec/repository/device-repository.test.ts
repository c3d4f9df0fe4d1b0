import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DeviceRepository } from '../../../../nodes/codec/repository/device-repository.ts';
import { locateRepository } from '../../../../nodes/codec/repository/repository-folder.ts';
import { CodecError, ConfigurationError } from '../../../../nodes/observation/errors.ts';
import { linkOutside, newFolder, removeFolders, sampleRepository, writeFile } from './sample-repository.ts';

describe('device repository', () => {
  let root: string;
  let repository: DeviceRepository;

  beforeEach(() => {
    root = sampleRepository();
    repository = new DeviceRepository(root);
  });
  after(removeFolders);

  const fails = (key: string) => (error: unknown) => {
    assert.ok(error instanceof CodecError, String(error));
    assert.equal(error.key, `codec.repository.${key}`);
    return true;
  };

  it('lists the brands that have devices, by name', async () => {
    assert.deepEqual(await repository.brands(), [
      { id: 'badebrygge', name: 'Badebrygge AS' },
      { id: 'nordvind', name: 'Nordvind Sensors' },
    ]);
  });

  it('lists the devices of a brand once each, and one with a broken or missing file by its id', async () => {
    assert.deepEqual(await repository.devices('nordvind'), [
      { id: 'broken', name: 'broken' },
      { id: 'gone', name: 'gone' },
      { id: 'gust-2', name: 'Gust 2' },
    ]);
    await assert.rejects(repository.device('nordvind', 'broken'), fails('badYaml'));
    await assert.rejects(repository.device('nordvind', 'gone'), fails('missing'));
  });

  it('notices a changed list, and one that was broken for a while', async () => {
    await repository.devices('badebrygge');
    writeFile(root, 'vendor/badebrygge/index.yaml', 'endDevices: [');
    await assert.rejects(repository.devices('badebrygge'), fails('badYaml'));
    writeFile(root, 'vendor/badebrygge/index.yaml', 'endDevices: [pier]\n');
    assert.deepEqual(await repository.devices('badebrygge'), [{ id: 'pier', name: 'pier' }]);
  });

  it('describes a device with firmwares, regions, sensors and picture, and no link but to the web', async () => {
    assert.deepEqual(await repository.device('nordvind', 'gust-2'), {
      id: 'gust-2',
      brand: { id: 'nordvind', name: 'Nordvind Sensors' },
      name: 'Gust 2',
      description: 'Wind sensor with a lamp',
      firmwares: [
        {
          version: '1',
          hardware: ['1'],
          regions: [
            {
              region: 'EU863-870',
              codec: 'gust-codec',
              profile: { vendor: 'nordvind', id: 'gust-profile' },
            },
            {
              region: 'US902-928',
              codec: 'gust-codec',
              profile: { vendor: 'badebrygge', id: 'shared-profile' },
            },
          ],
        },
        {
          version: '2.0',
          hardware: [],
          regions: [
            {
              region: 'EU863-870',
              codec: 'gust-2-codec',
              profile: { vendor: 'nordvind', id: 'gust-profile' },
            },
            { region: 'AS923', profile: { vendor: 'nordvind', id: 'gust-profile' } },
          ],
        },
      ],
      sensors: ['wind speed', 'wind direction', 'battery'],
      photo: 'pictures/gust.png',
      productUrl: 'https://nordvind.example/gust',
    });
    const { type, bytes } = await repository.photo('nordvind', 'gust-2');
    assert.equal(type, 'image/png');
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  });

  it('reads profiles, also those that another brand shares', async () => {
    assert.deepEqual(await repository.profile('nordvind', 'gust-profile'), {
      macVersion: '1.0.3',
      joins: true,
      classes: 'A, C',
    });
    assert.deepEqual(await repository.profile('badebrygge', 'shared-profile'), {
      joins: false,
      classes: 'A',
    });
  });

  it('loads a codec with its version and examples', async () => {
    const codec = await repository.codec('nordvind', 'gust-codec');
    assert.match(codec.version, /^[0-9a-f]{12}$/);
    assert.match(codec.source, /function decodeUplink/);
    assert.deepEqual(
      codec.examples.map(({ direction, bytesHex, fPort }) => [direction, bytesHex, fPort]),
      [
        ['decodeUplink', '011424', 7],
        ['normalizeUplink', '011424', 7],
        ['decodeUplink', '000a1f', 7],
        ['decodeUplink', '01', 8],
        ['encodeDownlink', undefined, undefined],
        ['decodeDownlink', '01', 2],
      ],
    );
  });

  it('never reads a file outside of the repository', async () => {
    const outside = newFolder();
    writeFile(outside, 'secret.yaml', 'name: secret\nuplinkDecoder: { fileName: secret.js }\n');
    for (const id of ['../secret', '..', '/etc/passwd', 'a/b', 'x..y', '', 'a\0b']) {
      await assert.rejects(repository.device('nordvind', id), fails('badId'), id);
      await assert.rejects(repository.codec(id, 'gust-codec'), fails('badId'), id);
    }
    linkOutside(root, 'vendor/nordvind/linked.yaml', join(outside, 'secret.yaml'));
    await assert.rejects(repository.device('nordvind', 'linked'), fails('outside'));
    writeFile(root, 'vendor/nordvind/bad.yaml', 'uplinkDecoder: { fileName: ../../../secret.js }\n');
    await assert.rejects(repository.codec('nordvind', 'bad'), fails('outside'));
    writeFile(
      root,
      'vendor/nordvind/pic.yaml',
      'name: Pic\nphotos: { main: ../../../../etc/hostname.png }\n',
    );
    assert.equal((await repository.device('nordvind', 'pic')).photo, undefined);
  });

  it('refuses YAML that would grow without end, and files that are far too large', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++) {
      const [before, name] = [String.fromCharCode(96 + level), String.fromCharCode(97 + level)];
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`);
    }
    writeFile(root, 'vendor/nordvind/bomb.yaml', bomb.join('\n'));
    await assert.rejects(repository.device('nordvind', 'bomb'), fails('badYaml'));
    writeFile(root, 'vendor/nordvind/deep.yaml', `name: ${'['.repeat(20_000)}`);
    await assert.rejects(repository.device('nordvind', 'deep'), fails('badYaml'));
    writeFile(root, 'vendor/nordvind/slow.yaml', `name: ${'&x '.repeat(50_000)}`);
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    await assert.rejects(repository.device('nordvind', 'slow'), fails('badYaml'));
    clearInterval(timer);
    assert.ok(turns > 10, 'it kept everybody waiting');
    assert.equal((await repository.device('nordvind', 'gust-2')).name, 'Gust 2');
    writeFile(root, 'vendor/nordvind/large.yaml', Buffer.alloc(1024 * 1024 + 1, 0x20));
    await assert.rejects(repository.device('nordvind', 'large'), fails('tooLarge'));
    writeFile(root, 'vendor/nordvind/gust.js', Buffer.alloc(1024 * 1024 + 1, 0x20));
    await assert.rejects(repository.codec('nordvind', 'gust-codec'), fails('tooLarge'));
  });

  it('refuses a part that has itself within, and a pipe, which nobody may ever write to', async () => {
    writeFile(root, 'vendor/nordvind/round.yaml', 'name: &a [*a]\n');
    await assert.rejects(repository.device('nordvind', 'round'), fails('badYaml'));
    execFileSync('mkfifo', [join(root, 'vendor/nordvind/pipe.yaml')]);
    await assert.rejects(repository.device('nordvind', 'pipe'), fails('missing'));
  });

  it('is found as a folder and as an npm package, also from a folder further down', () => {
    const base = newFolder();
    writeFile(base, 'node_modules/@town/devices/vendor/index.yaml', 'vendors: []\n');
    writeFile(base, 'user/here/vendor/index.yaml', 'vendors: []\n');
    assert.equal(locateRepository(root, base), root);
    assert.equal(locateRepository('here', join(base, 'user')), join(base, 'user/here'));
    assert.equal(
      locateRepository('@town/devices', join(base, 'user')),
      join(base, 'node_modules/@town/devices'),
    );
    for (const place of ['nowhere', '../..', '@town/other']) {
      assert.throws(() => locateRepository(place, base), ConfigurationError, place);
    }
  });
});
