import assert from 'node:assert/strict';
import { clientOf, isThisMachine, trustedProxies } from '../../../nodes/opendata/client-address.ts';

const PROXIES = trustedProxies('10.0.0.5, 192.168.0.0/16, 2001:db8:1::/48');

const CASES: [remote: string, forwarded: string | undefined, client: string][] = [
  ['203.0.113.7', undefined, '203.0.113.7'],
  // A client that names another address without a proxy is not believed.
  ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
  // What the client wrote itself stands first, and counts for nothing.
  ['127.0.0.1', '8.8.8.8, 198.51.100.1, 192.168.3.4, 10.0.0.5', '198.51.100.1'],
  ['10.0.0.6', '198.51.100.1', '10.0.0.6'],
  ['127.0.0.1', undefined, '127.0.0.1'],
  ['127.0.0.1', 'unknown', '127.0.0.1'],
  ['127.0.0.1', '', '127.0.0.1'],
  ['127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
  // Of IPv6 the network, however the address is written.
  ['2001:db8:2:3:4:5:6:7', undefined, '2001:db8:2:3::/64'],
  ['2001:db8:2::7', undefined, '2001:db8:2:0::/64'],
  ['2001:db8:1::9', '[2a02:fe0::1]:443', '2a02:fe0:0:0::/64'],
  ['fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
];

describe('address of a client', () => {
  for (const [remote, forwarded, client] of CASES) {
    it(`is ${client}, from ${remote} for ${forwarded}`, () => {
      assert.equal(clientOf(remote, forwarded, PROXIES), client);
    });
  }

  it('is this machine only where nobody asks through a proxy', () => {
    const asks = (remote: string, forwarded?: string) => isThisMachine(clientOf(remote, forwarded, PROXIES));
    assert.deepEqual([asks('127.0.0.1'), asks('::1'), asks('::ffff:127.0.0.1')], [true, true, true]);
    assert.deepEqual([asks('127.0.0.1', '203.0.113.7'), asks('::1', '2001:db8:2::1')], [false, false]);
    assert.deepEqual([asks('203.0.113.7', '127.0.0.1'), asks('2001:db8:2::1', '::1')], [false, false]);
  });

  for (const wrong of ['proxy.example.org', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0/8']) {
    it(`is not told by "${wrong}"`, () => {
      assert.throws(() => trustedProxies(wrong), {
        key: 'opendata.config.proxy',
        parameters: { value: wrong },
      });
    });
  }
});
