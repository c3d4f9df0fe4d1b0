import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeVariables, DOCKER } from './stack.ts';

describe('setup.sh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-setup-'));
    copyFileSync(join(DOCKER, 'setup.sh'), join(folder, 'setup.sh'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (environment = {}) =>
    execFileSync('sh', [join(folder, 'setup.sh')], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });
  const env = () => readFileSync(join(folder, '.env'), 'utf8');
  const values = () =>
    Object.fromEntries(
      env()
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  it('gives every variable of compose.yaml a value', () => {
    run();
    for (const name of composeVariables()) assert.ok(values()[name], name);
  });

  it('makes long secrets, each its own, new on every machine', () => {
    const secrets = () =>
      Object.entries(values())
        .filter(([name]) => /PASSWORD|TOKEN|SECRET/.test(name))
        .map(([, value]) => value);
    run();
    const first = secrets();
    rmSync(join(folder, '.env'));
    run();
    const all = [...first, ...secrets()];
    for (const secret of all) assert.match(`${secret}`, /^[0-9a-f]{48}$/);
    assert.equal(new Set(all).size, all.length);
  });

  it('makes a file that only its owner can read', () => {
    run();
    assert.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600);
    execFileSync('chmod', ['644', join(folder, '.env')]);
    run();
    assert.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600);
  });

  it('changes nothing when it runs again', () => {
    run();
    const first = env();
    run({ LANG: 'nb_NO.UTF-8' });
    assert.equal(env(), first);
  });

  it('keeps what somebody changed and adds what an older version lacks', () => {
    writeFileSync(join(folder, '.env'), 'BIND_ADDRESS=0.0.0.0\nGRAFANA_ADMIN_PASSWORD=chosen by us');
    run();
    assert.equal(values().BIND_ADDRESS, '0.0.0.0');
    assert.equal(values().GRAFANA_ADMIN_PASSWORD, 'chosen by us');
    assert.ok(values().INFLUXDB_ADMIN_TOKEN);
  });

  it("shows the dashboards' password once and no other secret", () => {
    const [first, second] = [run(), run()];
    for (const [name, value] of Object.entries(values())) {
      if (!/PASSWORD|TOKEN|SECRET/.test(name)) continue;
      assert.equal(first.includes(`${value}`), name === 'GRAFANA_ADMIN_PASSWORD', name);
      assert.ok(!second.includes(`${value}`), name);
    }
  });

  it("takes the language from the machine's", () => {
    run({ LANG: 'nb_NO.UTF-8' });
    assert.equal(values().BYFLYT_LANGUAGE, 'nb');
    rmSync(join(folder, '.env'));
    run({ LANG: 'sv_SE.UTF-8' });
    assert.equal(values().BYFLYT_LANGUAGE, 'en-US');
  });
});
