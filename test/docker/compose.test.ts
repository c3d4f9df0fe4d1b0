import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { compose, composeVariables, DOCKER, read } from './stack.ts';

const SCHEMA = new URL('../../../shared/compose-schema/compose-spec.json', import.meta.url);
/** Runs once and ends, so it has no health. */
const ONE_SHOT = 'database-setup';

describe('compose.yaml', () => {
  const { services, volumes, networks } = compose();
  const all = Object.entries(services);

  it('is valid against the Compose specification', () => {
    // The schema names its own draft by an address that ajv does not know; it is draft 7, ajv's default.
    const { $schema, ...schema } = JSON.parse(readFileSync(SCHEMA, 'utf8')) as Record<string, unknown>;
    assert.match(String($schema), /draft-07/);
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const valid = ajv.validate(schema, compose());
    assert.ok(valid, ajv.errorsText());
    assert.equal(ajv.validate(schema, { services: { one: { image: 1 } } }), false);
  });

  it('names a released version of every image', () => {
    for (const [name, { image, build }] of all) {
      if (!build) assert.match(image ?? '', /:\d+\.\d+\.\d+$/, name);
    }
    for (const [, image = ''] of read('Dockerfile').matchAll(/^FROM ((?!build)\S+)/gm)) {
      assert.match(image, /:(\d+\.\d+\.\d+|\$\{NODE_VERSION\}-bookworm-slim)$/);
    }
  });

  it('runs every service as an ordinary user on a read-only file system, without capabilities', () => {
    for (const [name, service] of all) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      const runsAs = service.user ?? imageUser(service.build?.target);
      assert.ok(runsAs && !/^(0|root)\b/.test(runsAs), `${name} runs as ${runsAs}`);
    }
  });

  it('checks the health of every service that stays', () => {
    for (const [name, { healthcheck, restart }] of all) {
      if (name === ONE_SHOT) assert.equal(restart, 'no');
      else assert.ok((healthcheck?.test?.length ?? 0) > 1, name);
    }
  });

  it('waits for health, or for the end of what runs once', () => {
    for (const [name, { depends_on = {} }] of all) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        assert.ok(services[other], `${name} waits for ${other}`);
        assert.equal(condition, other === ONE_SHOT ? 'service_completed_successfully' : 'service_healthy');
      }
    }
  });

  it('opens to this machine only unless .env says otherwise, and the database to nobody', () => {
    for (const [name, { ports = [] }] of all) {
      for (const port of ports) assert.match(port, /^\$\{BIND_ADDRESS:\?[^}]+\}:(\d+):\1(\/udp)?$/, name);
    }
    assert.equal(services.influxdb?.ports, undefined);
    assert.deepEqual(services.influxdb?.networks, ['inside']);
    assert.equal(networks.inside?.internal, true);
  });

  it('refers only to files, volumes and networks that exist', () => {
    for (const [name, service] of all) {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        const known = source.startsWith('.') ? existsSync(join(DOCKER, source)) : source in volumes;
        assert.ok(known, `${name}: ${source}`);
      }
      for (const network of service.networks ?? []) assert.ok(network in networks, `${name}: ${network}`);
      if (service.build)
        assert.ok(existsSync(join(DOCKER, service.build.context, service.build.dockerfile)), name);
    }
  });

  it('holds no secret itself', () => {
    for (const [name, { environment = {} }] of all) {
      for (const [key, value] of Object.entries(environment)) {
        if (/PASSWORD|TOKEN|SECRET/.test(key)) assert.match(value, /^\$\{\w+:\?[^}]+\}$/, `${name}: ${key}`);
      }
    }
  });

  it('takes from .env only what setup.sh puts there', () => {
    const made = [...read('setup.sh').matchAll(/^(?:setting|secret) (\w+)/gm)].map(([, name]) => name);
    for (const name of composeVariables()) assert.ok(made.includes(name), name);
    for (const name of made) assert.ok(composeVariables().includes(`${name}`), `${name} is not used`);
  });

  it('gives Byflyt only settings that it knows', () => {
    const known = readFileSync(join(DOCKER, '../app/settings.ts'), 'utf8');
    for (const name of Object.keys(services['node-red']?.environment ?? {})) {
      assert.ok(known.includes(`'${name}'`), name);
    }
  });
});

/** The user that a target of the Dockerfile ends with. */
function imageUser(target = ''): string | undefined {
  const [, stage = ''] = read('Dockerfile').split(new RegExp(`^FROM .* AS ${target}$`, 'm'));
  return stage
    .split(/^FROM /m)[0]
    ?.match(/^USER (\w+)$/m)
    ?.at(1);
}
