import assert from 'node:assert/strict';
import type { Device } from '../../../nodes/devices/device.ts';
import { DroppedDatagrams } from '../../../nodes/nbiot/dropped-datagrams.ts';
import { KnownSources } from '../../../nodes/nbiot/known-sources.ts';
import { type DropCause, RateLimit } from '../../../nodes/nbiot/rate-limit.ts';
import { SourceNetworks } from '../../../nodes/nbiot/source-networks.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { MemoryState } from '../../support/memory-state.ts';

const device = (id: string, address?: string): Device => ({
  ...{ id, name: id, area: 'waste', model: 'm' },
  ...(address === undefined ? {} : { address }),
});

/** A device list that can change. */
function listOf(...devices: Device[]) {
  let listener: () => void = () => undefined;
  return {
    devices,
    list: () => devices,
    onChange: (given: () => void) => {
      listener = given;
      return () => undefined;
    },
    change: (...now: Device[]) => {
      devices.splice(0, devices.length, ...now);
      listener();
    },
  };
}

describe('networks that may send', () => {
  it('are of IPv4 and IPv6, or single addresses', () => {
    const networks = new SourceNetworks(['10.64.0.0/16', ' 192.0.2.7', '2001:db8::/32']);
    for (const address of ['10.64.0.1', '10.64.255.255', '192.0.2.7', '2001:db8:1::5']) {
      assert.equal(networks.has(address), true, address);
    }
    for (const address of ['10.65.0.1', '192.0.2.8', '2001:db9::1', '::1']) {
      assert.equal(networks.has(address), false, address);
    }
  });

  it('say what is none', () => {
    for (const text of [
      '',
      'town',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '2001:db8::/129',
      '10.0.0/8',
    ]) {
      assert.throws(
        () => new SourceNetworks([text]),
        (error) => error instanceof ConfigurationError && error.key === 'nbiot.error.network',
        text,
      );
    }
  });
});

describe('limits per source', () => {
  const limits = (options: Partial<ConstructorParameters<typeof RateLimit>[0]> = {}) => {
    const drops: [DropCause, string][] = [];
    const limit = new RateLimit({
      isKnown: (address) => address.startsWith('10.'),
      ...{ perSource: 2, strangers: 3, onDrop: (cause, address) => drops.push([cause, address]) },
      ...options,
    });
    const passed = (address: string, count: number, now: number, bytes = 40) =>
      Array.from({ length: count }, () => limit.admits(address, bytes, now)).filter(Boolean).length;
    return { drops, passed };
  };
  const NOW = Date.now();

  it('leave each known source its own, whatever others send', () => {
    const { passed, drops } = limits();
    assert.equal(
      passed('192.0.2.1', 1000, NOW) + passed('192.0.2.2', 1000, NOW),
      6,
      'two seconds of strangers',
    );
    assert.equal(passed('10.0.0.1', 100, NOW), 20);
    assert.equal(passed('10.0.0.2', 100, NOW), 20);
    assert.equal(passed('10.0.0.1', 100, NOW + 5000), 10);
    assert.equal(passed('192.0.2.3', 100, NOW + 1000), 3);
    assert.deepEqual(new Set(drops.map(([cause]) => cause)), new Set(['strangers', 'flood']));
  });

  it('turn away what is outside the networks, also of a known source', () => {
    const { passed, drops } = limits({ networks: new SourceNetworks(['10.64.0.0/16']) });
    assert.equal(passed('10.64.0.1', 1, NOW) + passed('10.65.0.1', 1, NOW) + passed('192.0.2.1', 1, NOW), 1);
    assert.deepEqual(drops, [
      ['outside', '10.65.0.1'],
      ['outside', '192.0.2.1'],
    ]);
  });

  it('count a long datagram as several, so that few of them do not fill the disk', () => {
    const { passed } = limits({ strangers: 200 });
    assert.equal(passed('192.0.2.1', 1000, NOW, 16_384), 12, '400 pieces of 512 bytes');
    assert.equal(passed('10.0.0.1', 100, NOW, 1060), 6);
    assert.equal(
      limits().passed('192.0.2.1', 10, NOW, 65_507),
      1,
      'one that is longer than what may come at once',
    );
  });

  it('let no stranger in where the limit is zero', () => {
    assert.equal(limits({ strangers: 0 }).passed('192.0.2.1', 10, NOW), 0);
  });
});

describe('known sources', () => {
  it('are those of the device list as it is now, and those that devices were heard from, also after a restart', () => {
    const state = new MemoryState();
    const registry = listOf(device('bin-1', '10.0.0.1'), device('bin-2'));
    const known = new KnownSources({ registry, state });
    assert.deepEqual([known.has('10.0.0.1'), known.has('10.0.0.2')], [true, false]);
    known.learn(device('bin-2'), '10.0.0.2');
    registry.change(device('bin-1', '10.0.0.9'), device('bin-2'));
    assert.deepEqual([known.has('10.0.0.1'), known.has('10.0.0.9')], [false, true]);
    state.restart();
    const later = new KnownSources({ registry, state });
    assert.equal(later.has('10.0.0.2'), true);
    registry.change(device('bin-1', '10.0.0.9'));
    assert.equal(later.has('10.0.0.2'), false, 'its device was removed');
    assert.deepEqual(state.keys('nbiot.sources/'), []);
  });

  const HOUR = 60 * 60_000;
  const hosts = (count: number) => Array.from({ length: count }, (_, host) => `10.0.0.${host + 1}`);

  it('hold the last four addresses of a device, so that a claim cannot fill the memory', () => {
    const known = new KnownSources({ registry: listOf(device('bin-2')), state: new MemoryState() });
    for (const [hour, address] of hosts(100).entries()) known.learn(device('bin-2'), address, hour * HOUR);
    const held = hosts(100).filter((each) => known.has(each));
    assert.deepEqual(held, ['10.0.0.97', '10.0.0.98', '10.0.0.99', '10.0.0.100']);
  });

  it('are not driven out by somebody who claims to be the device from many addresses', () => {
    const known = new KnownSources({ registry: listOf(device('bin-2')), state: new MemoryState() });
    known.learn(device('bin-2'), '10.9.9.9', 0);
    for (let minute = 0; minute < 24 * 60; minute++) {
      known.learn(device('bin-2'), `192.0.2.${minute % 256}`, minute * 60_000);
      if (minute % 120 === 0) known.learn(device('bin-2'), '10.9.9.9', minute * 60_000);
    }
    assert.equal(known.has('10.9.9.9'), true, 'the device speaks every two hours');
    const claimed = Array.from({ length: 256 }, (_, host) => `192.0.2.${host}`);
    assert.equal(claimed.filter((each) => known.has(each)).length, 3);
  });

  it('hold an address that several devices share for as long as one of them has it', () => {
    const [one, other] = [device('bin-1'), device('bin-2')];
    const known = new KnownSources({ registry: listOf(one, other), state: new MemoryState() });
    known.learn(one, '198.51.100.1', 0);
    known.learn(other, '198.51.100.1', 0);
    for (const [hour, address] of hosts(5).entries()) known.learn(one, address, (hour + 1) * HOUR);
    known.learn(other, '198.51.100.1', 9 * HOUR);
    assert.equal(known.has('198.51.100.1'), true);
  });
});

describe('dropped datagrams', () => {
  it('are counted, and told once per cause', () => {
    const warnings: string[] = [];
    let remark = () => '';
    const dropped = new DroppedDatagrams({
      language: 'nb',
      warn: (sentence) => warnings.push(sentence),
      remark: (text) => {
        remark = text;
      },
    });
    for (let count = 0; count < 4312; count++) dropped.add('strangers', '192.0.2.1');
    assert.equal(remark().replace(/\s/g, ' '), '4 312 datagrammer fra ukjente avsendere forkastet');
    dropped.add('flood', '10.0.0.1');
    assert.equal(remark().replace(/\s/g, ' '), '4 313 datagrammer forkastet');
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /192\.0\.2\.1/);
  });
});
