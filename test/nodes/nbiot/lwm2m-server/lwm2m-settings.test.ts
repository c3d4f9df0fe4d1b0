import assert from 'node:assert/strict';
import { readCommand, requireAllowed } from '../../../../nodes/nbiot/lwm2m-server/command.ts';
import { type Lwm2mForm, lwm2mSettings } from '../../../../nodes/nbiot/lwm2m-server/lwm2m-settings.ts';
import { changesOf, rowsOfModel, wantedOf } from '../../../../nodes/nbiot/lwm2m-server/observe.ts';
import type { Registration } from '../../../../nodes/nbiot/lwm2m-server/registration.ts';

describe('form of the LwM2M server', () => {
  it('has sound settings if nothing is filled in', () => {
    assert.deepEqual(lwm2mSettings({}), {
      ...{ port: 5683, perSource: 50, unknown: 200, allowed: [], strangers: false },
      ...{ awake: 93_000, patience: 24 * 3_600_000 },
    });
  });

  it('reads rows, with decimal commas', () => {
    const { rows, allowed } = lwm2mSettings({
      observe: [{ path: ' /3303/*/5700 ', pmin: '10', pmax: '3600' }, { path: '' }],
      allowed: [{ path: '/3306/0/5851', lowest: '0,5', highest: '99' }],
    });
    assert.deepEqual(rows, [{ path: '/3303/*/5700', pmin: 10, pmax: 3600 }]);
    assert.deepEqual(allowed, [{ path: '/3306/0/5851', lowest: 0.5, highest: 99 }]);
  });

  const wrong: [field: string, form: Partial<Lwm2mForm>][] = [
    ['port', { port: '0' }],
    ['address', { address: 'somewhere' }],
    ['observe', { observe: [{ path: '/0' }] }],
    ['observe', { observe: [{ path: '/00/0' }] }],
    ['observe', { observe: [{ path: '/*/0' }] }],
    ['observe', { observe: [{ path: '3303' }] }],
    ['observe', { observe: [{ path: '/3303', pmin: '60', pmax: '10' }] }],
    ['allowed', { allowed: [{ path: '/0/0/5' }] }],
    ['allowed', { allowed: [{ path: '/3306', lowest: 'low' }] }],
    ['awake', { awake: '0' }],
    ['patience', { patience: '1000' }],
    ['rate', { perSource: '0' }],
  ];
  for (const [field, form] of wrong) {
    it(`refuses ${JSON.stringify(form)}`, () =>
      assert.throws(() => lwm2mSettings(form), { key: `nbiot.lwm2m.wrong.${field}` }));
  }
});

describe('what LwM2M devices are asked to report', () => {
  const device = { links: '</>;rt="oma.lwm2m",</3/0>,</4/0>,</3303/0>,</3303/1>,</3306/0>,</5/0>', root: '' };
  const paths = (rows?: readonly { path: string }[]) => wantedOf(device, rows).map(({ path }) => path);

  it('is what measures, battery and signal, unless somebody chose', () => {
    assert.deepEqual(paths(), ['/3303/0', '/3303/1', '/3/0/7', '/3/0/9', '/4/0/2']);
  });
  it('is what somebody chose, of what the device has', () => {
    assert.deepEqual(paths([{ path: '/3303/*/5700' }, { path: '/3304' }, { path: '/3306/0/5850' }]), [
      '/3303/0/5700',
      '/3303/1/5700',
      '/3306/0/5850',
    ]);
  });
  it('is what the mappings of the model name', () => {
    const mappings = [
      { from: '/3330/0/5700', quantity: 'distance' },
      { from: 'battery', quantity: 'battery_level' },
    ] as const;
    assert.deepEqual(rowsOfModel({ mappings }), [{ path: '/3330/0/5700' }]);
    assert.equal(rowsOfModel({ mappings: [] }), undefined);
  });
  it('ends when nobody wants it any more', () => {
    const observations: Registration['observations'] = [
      { path: '/3303/0', state: 'running' },
      { path: '/3/0/9', state: 'refused' },
      { path: '/3304/0', state: 'running' },
      { path: '/3303/1', state: 'asked' },
    ];
    const wanted = ['/3303/0', '/3/0/9', '/3303/1'].map((path) => ({ path }));
    const { begin, end } = changesOf({ observations } as Registration, wanted);
    assert.deepEqual(begin, [{ path: '/3303/1' }]);
    assert.deepEqual(end, ['/3304/0']);
  });
});

describe('commands to LwM2M devices', () => {
  for (const [payload, key] of [
    [{}, 'lwm2mCommand'],
    ['read', 'lwm2mCommand'],
    [{ read: '/3', write: '/3' }, 'lwm2mCommand'],
    [{ read: '3303' }, 'lwm2mBadPath'],
    [{ read: '/3303/0/5700/0/0' }, 'lwm2mBadPath'],
    [{ read: '/70000' }, 'lwm2mBadPath'],
    [{ read: '/../3' }, 'lwm2mBadPath'],
    [{ read: '/0' }, 'lwm2mKeys'],
    [{ write: '/0/0/5', value: 'aa' }, 'lwm2mKeys'],
    [{ write: '/3303', value: 1 }, 'lwm2mPathLevel'],
    [{ execute: '/3/0' }, 'lwm2mPathLevel'],
    [{ execute: '/3/0/4', value: 'rm -rf' }, 'lwm2mArgument'],
    [{ write: '/3303/0', value: 5 }, 'lwm2mWriteInstance'],
    [{ write: '/3303/0', value: {} }, 'lwm2mWriteInstance'],
    [{ attributes: '/3303/0', value: { color: 1 } }, 'lwm2mAttributes'],
    [{ attributes: '/3303/0', value: { pmin: -1 } }, 'lwm2mAttributes'],
  ] as const) {
    it(`refuses ${JSON.stringify(payload)}`, () =>
      assert.throws(() => readCommand(payload), { key: `nbiot.error.${key}` }));
  }

  it('may change what a row allows, of one device before all', () => {
    const command = readCommand({ write: '/3306/0/5851', value: 80 });
    const lamp = { id: 'lamp', name: 'Lamp' };
    requireAllowed([{ path: '/3306' }], lamp, command);
    requireAllowed(
      [
        { path: '/3306/*/5851', highest: 50 },
        { device: 'lamp', path: '/3306/0' },
      ],
      lamp,
      command,
    );
    assert.throws(() => requireAllowed([{ device: 'other', path: '/3306' }], lamp, command));
    // A path is no text: /330 does not allow /3306.
    assert.throws(() => requireAllowed([{ path: '/330' }], lamp, command));
  });
});
