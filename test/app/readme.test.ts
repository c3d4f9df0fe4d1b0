/** What README.md promises: settings, examples and commands, as they stand there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { prepare } from '../../app/first-start.ts';
import { SETTINGS } from '../../app/settings.ts';
import { ModelCatalog } from '../../nodes/codec/models.ts';
import { Sandbox } from '../../nodes/codec/sandbox.ts';
import { decodeLine } from '../../nodes/lorawan/decode-line.ts';
import { translate } from '../../nodes/observation/messages.ts';
import { openStore } from '../../nodes/timeseries/database-settings.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const run = promisify(execFile);

interface Block {
  language: string;
  /** Path of the file that it shows, if any. */
  file: string;
  text: string;
}

const blocks: Block[] = [...readme.matchAll(/^```(\w*) ?(\S*)\n(.*?)^```$/gms)].map(
  ([, language = '', file = '', text = '']) => ({ language, file, text }),
);

function shown(file: string): string {
  const block = blocks.find((candidate) => candidate.file === file);
  assert.ok(block, `README.md shows no ${file}`);
  return block.text;
}

describe('README.md', () => {
  it('begins with the two commands', () => {
    const first = blocks.slice(0, 2).map(({ text }) => text.trim());
    assert.deepEqual(first, ['npm ci && npm start', 'npm ci && npm test']);
  });

  it('has every setting with its default and its meaning', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| `BYFLYT_'));
    const expected = SETTINGS.map(({ name, default: value }) => [
      `\`${name}\``,
      value && `\`${value}\``,
      translate('en-US', `app.setting.${name}`),
    ]);
    const cells = (row: string): string[] => row.split('|').map((cell) => cell.trim());
    assert.deepEqual(
      rows.map((row) => cells(row).slice(1, -1)),
      expected,
    );
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
    assert.ok(links.length > 3);
    for (const path of links) assert.ok(existsSync(join(root, path)), path);
  });

  describe('in a data folder', () => {
    let folder: string;
    let data: string;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'byflyt-readme-'));
      data = join(folder, 'data');
      prepare(data, 'en-US');
      for (const sandbox of [false, true]) await openStore({ kind: 'embedded' }, data, sandbox).close();
    });
    after(() => rmSync(folder, { recursive: true }));

    function write(path: string, text: string): void {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }

    it('shows a codec and a model that decode a payload', async () => {
      for (const file of ['codecs/pond-thermometer.js', 'models/pond-thermometer.json']) {
        write(join(data, file), shown(file));
      }
      const uplink = (payload: string): object => ({
        model: 'pond-thermometer',
        message: {
          uplink_message: { f_port: 1, frm_payload: Buffer.from(payload, 'hex').toString('base64') },
        },
      });
      const models = ModelCatalog.open(data);
      const values = async (payload: string) => {
        const [answer] = await decodeLine(uplink(payload), { language: 'en-US', models });
        return (answer as { values?: unknown }).values;
      };
      assert.deepEqual(await values('07a5b4'), { water_temperature: 19.57, battery_voltage: 3.6 });
      assert.deepEqual(await values('ff38b4'), { water_temperature: -2, battery_voltage: 3.6 });
      assert.deepEqual(await values('7fffb4'), { battery_voltage: 3.6 });
      await Sandbox.shared().close();
    });

    it('shows commands that work, each of them', async () => {
      write(join(folder, 'devices.csv'), shown('devices.csv'));
      write(join(folder, 'npx'), `#!/bin/sh\nshift\nexec node '${join(root, 'app/cli.ts')}' "$@"\n`);
      chmodSync(join(folder, 'npx'), 0o755);
      const commands = blocks.find(({ text }) => text.includes('npx byflyt decode'))?.text ?? '';
      const { stdout, stderr } = await run('sh', ['-ec', commands], {
        cwd: folder,
        env: {
          ...process.env,
          LC_ALL: 'C',
          BYFLYT_DATA: data,
          PATH: `${folder}:${dirname(process.execPath)}:${process.env.PATH}`,
        },
      });
      assert.equal(stderr, '');
      for (const part of ['"air_temperature":1.3', '"TempC_SHT":1.3', '"added":2', 'town-square', 'admin']) {
        assert.ok(stdout.includes(part), `${part} in ${stdout}`);
      }
      for (const file of ['all-devices.csv', 'snow.parquet']) assert.ok(existsSync(join(folder, file)), file);
    }).timeout(30_000);

    it('names no command that the help does not know', () => {
      const help = translate('en-US', 'app.help.main');
      for (const [, command = ''] of readme.matchAll(/npx byflyt ([a-z]+)/g)) {
        assert.ok(help.includes(command), command);
      }
    });
  });
});
