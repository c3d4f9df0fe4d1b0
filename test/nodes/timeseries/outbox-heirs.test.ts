import assert from 'node:assert/strict';
import {
  isSandboxOutbox,
  outboxName,
  ownerOf,
  placeOf,
  shareOut,
} from '../../../nodes/timeseries/outbox-heirs.ts';

const EMBEDDED = '';
const SERVER = 'http://db:8086 town';

describe('outboxes of deleted databases', () => {
  const shared = (
    names: string[],
    heirs: Record<string, string>,
    former: Record<string, string> = {},
    configured = Object.keys(heirs),
  ) => {
    const { adopted, stranded } = shareOut(
      names,
      configured,
      Object.entries(heirs).map(([id, place]) => ({ id, place })),
      (id) => former[id],
    );
    return { ...Object.fromEntries(adopted), stranded };
  };

  it('have names that tell their owner', () => {
    for (const sandbox of [false, true]) {
      assert.equal(ownerOf(outboxName('db', sandbox)), 'db');
      assert.equal(isSandboxOutbox(outboxName('db', sandbox)), sandbox);
    }
    assert.equal(ownerOf('mail:x'), undefined);
  });

  it('go to one that writes to the same place', () => {
    const heirs = { a: EMBEDDED, b: SERVER };
    const names = ['database:gone', 'database:gone:sandbox', 'database:other', 'database:a'];
    assert.deepEqual(shared(names, heirs, { gone: SERVER, other: EMBEDDED }), {
      a: ['database:other'],
      b: ['database:gone', 'database:gone:sandbox'],
      stranded: [],
    });
  });

  it('go to the only one there is, wherever it writes to', () => {
    assert.deepEqual(shared(['database:gone'], { a: EMBEDDED }, { gone: SERVER }), {
      a: ['database:gone'],
      stranded: [],
    });
  });

  it('are stranded without a heir', () => {
    assert.deepEqual(shared(['database:gone'], {}, { gone: SERVER }), { stranded: ['database:gone'] });
    const heirs = { a: EMBEDDED, b: 'http://else:8086 town' };
    assert.deepEqual(shared(['database:gone'], heirs, { gone: SERVER }).stranded, ['database:gone']);
    assert.deepEqual(
      shared(['database:gone'], heirs).stranded,
      ['database:gone'],
      'nobody knows where it wrote to',
    );
  });

  it('stay with a database that is switched off, could not start, or is in a subflow', () => {
    const names = ['database:off', 'database:instance-inner', 'mail:x'];
    assert.deepEqual(shared(names, { a: EMBEDDED }, {}, ['a', 'off', 'inner']), { a: [], stranded: [] });
  });

  it('know a place by address, organisation and bucket, without its secrets', () => {
    const server = { kind: 'influxdb', url: 'http://db:8086/', bucket: 'town' } as const;
    assert.equal(placeOf({ kind: 'embedded' }), EMBEDDED);
    assert.equal(placeOf(server), SERVER);
    assert.equal(placeOf({ ...server, url: 'http://DB:8086', token: 'secret' }), SERVER);
    assert.notEqual(placeOf({ ...server, org: 'o' }), SERVER);
  });
});
