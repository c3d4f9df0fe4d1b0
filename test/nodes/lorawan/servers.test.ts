import assert from 'node:assert/strict';
import type { NetworkMessage } from '../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage, splitMessages } from '../../../nodes/lorawan/network-server.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { NETWORK_OF_KIND, type Sample, samplesOf } from './shared-samples.ts';

/** Facts of `expect` that a single message does not say itself, or that are tested where they are used. */
const NOT_HERE = new Set([
  ...['values', 'decoded', 'sourceResult', 'payloadText'], // decoded objects; the server's own is checked below
  ...['plausibleTime', 'duplicate', 'duplicateOf', 'messages', 'count', 'items'], // of several messages or clocks
  ...['fCnts', 'gatewayIds', 'packets', 'simulated'], // of lists
  ...['tokenValid', 'asKey', 'token', 'hashInput'], // webhook-checks.test.ts
  ...['appSKey', 'payloadEncryptedHex', 'encryptedPayloadHex', 'payloadEncrypted', 'frmPayloadEncryptedHex'], // encrypted-payload.test.ts
  ...['fCnt16', 'mic', 'fOptsHex', 'adr'], // of the frame, frames.test.ts
  ...[
    'modulation',
    'tmst',
    'size',
    'sizeDeclared',
    'sizeActual',
    'lrFhss',
    'protocolVersion',
    'token',
    'json',
  ], // gateway
  ...['rxnb', 'rxok', 'boot', 'temperature', 'txnb'], // a gateway's statistics
  ...['batteryCode', 'sensorType', 'esp', 'rawJoinRequest', 'mType', 'join', 'serialHex'], // nothing uses them
]);

/** Names that the samples have for a fact with another name here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  latitude: 'lat',
  longitude: 'lon',
  altitude: 'altitudeM',
  marginDb: 'margin',
  phyHex: 'frameHex',
};

/** Kinds of messages that are uplinks, with a reading in them or not. */
const UPLINKS = new Set(['uplink', 'empty', 'mac-only', 'uplink-encrypted']);

/** What is read of uplinks or of events alone; and what is inside a frame that nobody opened yet. */
const NOT_OF_EVENTS = ['payloadHex', 'timeField', 'sf', 'bandwidthHz', 'frequencyHz', 'dr'];
const NOT_OF_UPLINKS = ['batteryPercent'];
const NOT_OF_FRAMES = ['devAddr', 'fPort'];

/** Where a sample expects otherwise on purpose. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // A location in an uplink has a time of its own and is left to the location report.
  'doc-uplink': ['latitude', 'longitude'],
  'kpn-2016-uplink-with-location': ['latitude', 'longitude'],
  'tpx-abeeway-resolved-position': ['lat', 'lon'],
  // A device without DevEUI goes by its name.
  'efento-configuration': ['deviceId'],
  // The device's address is not in the message.
  'kpn-encrypted-payload-16': ['devAddr', 'payloadHex'],
  // "null": the source has X in its place; the frame has it.
  'kpn-join-request-inside-DevEUI_uplink': ['joinEui'],
  // 1 is in 1970 as seconds and as milliseconds.
  'nit-ts-1-both-data-encdata': ['time'],
};

/** Names of facts that are compared in a way of their own. */
const COMPARISONS: Readonly<Record<string, (fields: Record<string, unknown>, expected: unknown) => void>> = {
  timeField: ({ timeField }, expected) => {
    const [ours, theirs] = [nameOfPlace(timeField), nameOfPlace(expected)];
    assert.ok(ours.endsWith(theirs) || theirs.endsWith(ours), `${ours} is not ${theirs}`);
  },
  type: ({ subtype }, expected) => assert.equal(subtype, expected),
  devEui: ({ devEui }, expected) => {
    if (isEui(expected)) assert.equal(devEui, expected);
  },
};

function check(sample: Sample, message: NetworkMessage): void {
  const fields = message as unknown as Record<string, unknown>;
  const skipped = skippedIn(sample, message);
  for (const [key, expected] of Object.entries(sample.expect)) {
    if (skipped.has(key)) continue;
    const compare = COMPARISONS[key];
    if (compare) compare(fields, expected);
    else assert.deepEqual(fields[OTHER_NAMES[key] ?? key], expected ?? undefined, key);
  }
}

function skippedIn({ name, expect }: Sample, message: NetworkMessage): Set<string> {
  const isFrame = message.kind === 'uplink' && message.frameHex !== undefined;
  return new Set([
    ...NOT_HERE,
    ...(EXCEPTIONS[name] ?? []),
    ...(message.kind === 'event' ? NOT_OF_EVENTS : NOT_OF_UPLINKS),
    ...(isFrame ? NOT_OF_FRAMES : []),
    ...(expect.time === null ? ['timeField'] : []),
  ]);
}

function nameOfPlace(place: unknown): string {
  return String(place).split(' ')[0]?.replace('.0.', '[].') ?? '';
}

/** Some samples have `xxxx` in place of an EUI, or one that was cut. */
function isEui(value: unknown): boolean {
  return /^[0-9a-f]{16}$/.test(String(value));
}

const messagesOf = ({ body, topic }: Sample): NetworkMessage[] =>
  splitMessages(body).map((single) => readNetworkMessage(single, topic));

describe('messages of network servers', () => {
  for (const [kind, network] of Object.entries(NETWORK_OF_KIND)) {
    describe(kind, () => {
      for (const sample of samplesOf(kind)) {
        const { name, event, expect, reading } = sample;
        if (event === 'invalid') {
          it(`${name} is refused`, () => assert.throws(() => messagesOf(sample), MessageError));
          continue;
        }
        it(`${name} is ${event}`, () => {
          const messages = messagesOf(sample);
          for (const message of messages) {
            assert.equal(message.network, network);
            if (message.kind === 'event') assert.equal(message.type, event);
            else assert.ok(UPLINKS.has(event) || event === 'uplink-batch', event);
          }
          const [only] = messages;
          if (messages.length === 1 && only && !Array.isArray(expect.items)) check(sample, only);
          assert.equal(reading && messages.length === 0, false);
        });
      }
    });
  }
});
