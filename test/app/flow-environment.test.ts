import assert from 'node:assert/strict';
import { flowEnvironment, withDefaults } from '../../app/flow-environment.ts';
import { readSettings } from '../../app/settings.ts';
import { areaFlows } from '../../app/shipped-flows.ts';

describe('what shipped flows take from the settings', () => {
  it('is in the environment under the names of the settings', () => {
    const settings = readSettings({ BYFLYT_DATA: '/nowhere', BYFLYT_COAP_PORT: '15683' });
    assert.deepEqual(flowEnvironment(settings), {
      BYFLYT_NBIOT_HOST: '127.0.0.1',
      BYFLYT_COAP_PORT: '15683',
      BYFLYT_UDP_PORT: '5700',
      BYFLYT_LWM2M_PORT: '5783',
    });
  });

  it('are the defaults in the examples for another Node-RED', () => {
    const place = (name: string) => `\${${name}}`;
    const node = {
      id: 'a',
      port: place('BYFLYT_LWM2M_PORT'),
      other: place('SOMEBODYS'),
      text: 'BYFLYT_UDP_PORT',
    };
    assert.deepEqual(withDefaults(node), { ...node, port: '5783' });
  });

  it('is all that the shipped flows ask for', () => {
    const known = new Set(Object.keys(flowEnvironment(readSettings({ BYFLYT_DATA: '/nowhere' }))));
    const asked = JSON.stringify([...areaFlows('en-US').values()]).matchAll(/"\$\{(\w+)\}"/g);
    const names = [...asked].map(([, name = '']) => name);
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(known.has(name), name);
  });
});
