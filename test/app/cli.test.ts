import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LANGUAGES, translate } from '../../nodes/observation/messages.ts';
import { byflyt, Program } from './support.ts';

const COMMANDS = [
  'decode',
  'codec run',
  'score',
  'check',
  'devices import',
  'devices export',
  'devices list',
  'export',
  'migrate',
  'backup',
  'restore',
  'account',
  'user reset',
];

describe('byflyt', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('names every command in its help, and explains each of them', async () => {
    const { status, output } = await byflyt(['--help']);
    assert.equal(status, 0);
    for (const command of COMMANDS) {
      assert.ok(output.includes(command), command);
      for (const language of LANGUAGES) {
        const help = translate(language, `app.help.${command.replace(' ', '_')}`);
        assert.ok(help.startsWith(`byflyt ${command}`), `${language} ${command}`);
      }
    }
    assert.match((await byflyt(['devices', 'import', '--help'])).output, /--skip-invalid/);
  });

  for (const args of [
    ['nonsense'],
    ['decode', '--nonsense'],
    ['score', 'nonsense'],
    ['check', '--sensitivity', 'much'],
    ['devices', 'import'],
    [],
  ]) {
    it(`explains what is wrong with: byflyt ${args.join(' ')}`, async () => {
      const { status, output, errors } = await byflyt(args);
      assert.equal(status, 1);
      assert.equal(output, '');
      assert.match(errors, /byflyt .*--help/);
      assert.doesNotMatch(errors, /\bat .*:\d+/);
    });
  }

  it('decode gives a line per line, in order, and fails if one of them failed', async () => {
    const message = (payload: string): object => ({ uplink_message: { f_port: 2, frm_payload: payload } });
    const good = Buffer.from('cbc6008200f2017fff7fff', 'hex').toString('base64');
    const input = [
      JSON.stringify({ model: 'dragino-lht65n', message: message(good) }),
      'no JSON',
      JSON.stringify({
        model: 'dragino-lht65n',
        message: { uplink_message: { f_port: 2, frm_payload: 'y8Y=' } },
      }),
      JSON.stringify({ model: 'dragino-lht65n', message: message(good) }),
    ];
    const { status, lines, errors } = await byflyt(['decode'], input.join('\r\n'));
    const results = lines.map(
      (line) => JSON.parse(line) as { values?: Record<string, number>; error?: unknown },
    );
    assert.equal(status, 1);
    assert.deepEqual(
      results.map((result) => 'error' in result),
      [false, true, true, false],
    );
    assert.equal(results[0]?.values?.relative_humidity, 24.2);
    assert.match(errors, /^Line 2: .*\nLine 3: .*\n$/);
    assert.equal((await byflyt(['decode'], input[0])).status, 0);
  });

  it('codec run answers in order, through the sandbox', async () => {
    const codec = join(folder, 'codec.js');
    writeFileSync(
      codec,
      `function decodeUplink(input) {
        if (input.bytes[0] === 255) for (;;);
        return { data: { first: input.bytes[0], port: input.fPort, host: typeof process } };
      }
      function encodeDownlink(input) { return { fPort: 7, bytes: [input.data.interval] }; }`,
    );
    const calls = [
      ...['01', 'ff', '02'].map((bytesHex) => ({ codec, direction: 'decodeUplink', fPort: 3, bytesHex })),
      { codec, direction: 'encodeDownlink', data: { interval: 20 } },
    ];
    const { status, lines } = await byflyt(
      ['codec', 'run'],
      calls.map((call) => JSON.stringify(call)).join('\n'),
    );
    const [first, loop, third, downlink] = lines.map((line) => JSON.parse(line));
    assert.equal(status, 1);
    assert.deepEqual(first, { output: { data: { first: 1, port: 3, host: 'undefined' } } });
    assert.ok(loop.error.message);
    assert.deepEqual(third, { output: { data: { first: 2, port: 3, host: 'undefined' } } });
    assert.deepEqual(downlink, { output: { fPort: 7, bytes: [20] } });
  });

  it('check answers each line that is not blank with its alarms, and goes on after one that is none', async () => {
    const reading = { device: 'a', quantity: 'air_temperature', time: '2026-01-01T00:00:00Z', value: 1 };
    const input = [JSON.stringify(reading), '', 'no JSON', '{}', '{"now":"2026-01-01T01:00:00Z"}', ''];
    const { status, lines, errors } = await byflyt(['check'], input.join('\n'));
    const answers = lines.map((line) => JSON.parse(line) as { error?: object; alarms: object[] });
    assert.equal(status, 1);
    assert.deepEqual(
      answers.map(({ error, alarms }) => [error !== undefined, alarms]),
      [false, true, true, false].map((failed) => [failed, []]),
    );
    assert.match(errors, /^Line 3: .*\nLine 4: .*\n$/);
  });

  it('score answers each line before the next one comes', async () => {
    const program = new Program('app/cli.ts', ['score']);
    program.send('timestamp,value\n');
    for (let minute = 1; minute <= 3; minute++) {
      program.send(`2026-01-01 00:0${minute}:00,${minute}.5\n`);
      await program.until(new RegExp(`^([\\d.]+\\n){${minute}}$`));
    }
    program.endInput();
    assert.equal(await program.ended, 0);
    for (const score of program.output.trim().split('\n').map(Number)) assert.ok(score >= 0 && score <= 1);
  });

  it('score fails for a line that is no reading, and goes on', async () => {
    const { status, lines, errors } = await byflyt(
      ['score'],
      'timestamp,value\nyesterday,1\n2026-01-01 00:00:00,2\n',
    );
    assert.equal(status, 1);
    assert.equal(lines.length, 2);
    assert.match(errors, /yesterday/);
  });

  it('ends without a word when the reader goes away', async () => {
    const program = new Program('app/cli.ts', ['score']);
    program.send('timestamp,value\n2026-01-01 00:00:00,1\n');
    await program.until('0');
    program.closeOutput();
    for (let hour = 0; hour < 20; hour++)
      program.send(`2026-01-02 ${String(hour).padStart(2, '0')}:00:00,1\n`);
    assert.equal(await program.ended, 1);
    assert.equal(program.errors, '');
  });

  it('speaks Norwegian', async () => {
    const { errors } = await byflyt(['nonsense'], '', { LANG: 'nb_NO.UTF-8' });
    assert.match(errors, /Det finnes ingen kommando/);
  });
});
