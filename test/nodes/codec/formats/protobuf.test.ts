import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { codecFromFormat } from '../../../../nodes/codec/built-in-codec.ts';
import { faultOfFormat } from '../../../../nodes/codec/formats/format-fault.ts';
import type { Protobuf } from '../../../../nodes/codec/formats/protobuf/protobuf.ts';
import { CodecError } from '../../../../nodes/observation/errors.ts';

const PROTO = `
  // A made-up sensor.
  syntax = "proto3";
  package town.water;
  import "google/protobuf/descriptor.proto";
  option java_package = "no.town";
  enum State { option allow_alias = true; OK = 0; LEAK = 1; DRIP = 1; FAULT = -1; }
  message Report {
    message Sample { sint32 level = 1 [deprecated = true]; uint32 age = 2; }
    reserved 4, 6 to 8; /* used to be
    something else */
    string name = 1;
    State state = 2;
    repeated Sample samples = 3;
    optional int32 offset = 5;
    repeated uint32 counts = 9;
    double volume = 10;
    fixed64 serial = 11;
    int64 large = 12;
    oneof power { float battery = 13; bool mains = 14; }
    map<string, int32> limits = 15;
    bytes blob = 16;
    Sample latest = 17;
    .town.water.State second = 18;
  }
  service Upload { rpc Send (Report) returns (Report) { option idempotency_level = IDEMPOTENT; } }
`;

const EMPTY = {
  name: '',
  state: 'OK',
  samples: [],
  counts: [],
  volume: 0,
  serial: 0,
  large: 0,
  limits: {},
  blob: '',
  second: 'OK',
};

const format = (proto: Protobuf['proto'], message: string): Protobuf => ({
  kind: 'protobuf',
  proto,
  message,
});
const codec = codecFromFormat('sensor', '', format(PROTO, 'Report'));

function decode(hex: string): unknown {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const output = codec.decodeUplink({ bytes, recvTime: new Date() });
  return (output as { data: unknown }).data;
}

describe('Protocol Buffers by a .proto file', () => {
  // Written by hand after the page "Encoding" of Protocol Buffers.
  const messages: [name: string, hex: string, changed: object][] = [
    ['nothing: what is 0 is not sent', '', {}],
    ['a text and an enum', '0a0470756d70 1001', { name: 'pump', state: 'LEAK' }],
    ['an enum below zero', '10ffffffffffffffffff01', { state: 'FAULT' }],
    ['an enum without a name', '1007', { state: 7 }],
    [
      'messages in the message',
      '1a04 0807 1005 1a02 1002',
      {
        samples: [
          { level: -4, age: 5 },
          { level: 0, age: 2 },
        ],
      },
    ],
    ['a number that may be absent', '2800', { offset: 0 }],
    ['a number below zero', '28feffffffffffffffff01', { offset: -2 }],
    ['a packed list', '4a03 01 ac02', { counts: [1, 300] }],
    ['a list one by one', '4801 48ac02', { counts: [1, 300] }],
    ['a double', '51000000000000f83f', { volume: 1.5 }],
    ['a number past 2^53', '59ffffffffffffffff', { serial: '18446744073709551615' }],
    ['one of several', '6d00004040', { battery: 3 }],
    ['a map', '7a05 0a0161 1007', { limits: { a: 7 } }],
    ['bytes', '8201 02 cafe', { blob: 'cafe' }],
    ['a single message', '8a01 02 0802', { latest: { level: 1, age: 0 } }],
    ['a type named with its package', '900101', { second: 'LEAK' }],
    ['fields that the file does not know', '2007 a206 0161 a506 01020304 a106 0102030405060708', {}],
    ['a field twice', '1001 1000', { state: 'OK' }],
    ['a key that objects treat otherwise', '7a0d 0a095f5f70726f746f5f5f 1007', { limits: {} }],
  ];
  for (const [name, hex, changed] of messages) {
    it(name, () => assert.deepEqual(decode(hex), { ...EMPTY, ...changed }));
  }

  const refused: [name: string, hex: string][] = [
    ['cut off in a text', '0a0570756d70'],
    ['cut off in a number', '10'],
    ['a number without end', '10ffffffffffffffffffff01'],
    ['a length past the end', '0affffffff0f'],
    ['another type than described', '08 01'],
    ['field 0', '0001'],
    ['a group', '2b2c'],
  ];
  for (const [name, hex] of refused) {
    it(`is refused: ${name}`, () => {
      assert.throws(
        () => decode(hex),
        (error) => error instanceof CodecError && error.key === 'codec.error.protobuf',
      );
    });
  }

  it('a nested message, and one in lines', () => {
    assert.equal(faultOfFormat(format(PROTO, 'Report.Sample')), undefined);
    assert.equal(faultOfFormat(format(['message A {', '  optional int32 a = 1;', '}'], 'A')), undefined);
  });

  it('does not go down without end', () => {
    const nested = codecFromFormat('nested', '', format('message A { optional A a = 1; }', 'A'));
    let bytes = Buffer.alloc(0);
    for (let level = 0; level < 60; level++) bytes = Buffer.concat([Buffer.from([10, bytes.length]), bytes]);
    assert.throws(() => nested.decodeUplink({ bytes, recvTime: new Date() }), {
      key: 'codec.error.protobuf',
    });
  });

  const wrong: [name: string, proto: string, fault: string][] = [
    ['a message that is not there', 'message B {}', 'format.message'],
    ['a type of another file', 'message A { other.Type a = 1; }', 'format.proto'],
    ['a group', 'message A { optional group B = 1 { } }', 'format.proto'],
    ['a number twice', 'message A { int32 a = 1; int32 b = 1; }', 'format.proto'],
    ['no end', 'message A { int32 a = 1;', 'format.proto'],
    ['no .proto', '{ "a": 1 }', 'format.proto'],
  ];
  for (const [name, proto, fault] of wrong) {
    it(`a description is refused: ${name}`, () => assert.equal(faultOfFormat(format(proto, 'A')), fault));
  }
});
