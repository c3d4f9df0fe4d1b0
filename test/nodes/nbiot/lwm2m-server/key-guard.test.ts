/** What a device's keys are known by, whatever it sends them in: object 0 (security) and 21 (OSCORE). */
import assert from 'node:assert/strict';
import { holdsKeys } from '../../../../nodes/nbiot/lwm2m-server/key-guard.ts';
import { FORMAT } from '../../../../nodes/nbiot/lwm2m-server/resource-body.ts';

const { senmlJson, senmlCbor, json, text, tlv } = FORMAT;

/** A path that was asked for, a content format, a body. */
type Case = [path: string, format: number | undefined, body: string];

const KEYS: readonly Case[] = [
  ['/0/0', tlv, 'anything'],
  ['/0/0/5', undefined, 'anything'],
  ['/21/0/3', text, 'anything'],
  ['/3303', senmlJson, '[{"bn":"/0/0/","n":"5","vd":"c2VjcmV0"}]'],
  ['/3303', senmlJson, '[{"n":"/21","vd":"c2VjcmV0"}]'],
  ['/', json, '{"bn":"/0/0/","e":[{"n":"5","sv":"c2VjcmV0"}]}'],
  // Cut off, so that nobody can read it.
  ['/3303', senmlJson, '[{"n":"/0/0/5","vd":"c2Vj'],
  ['/3303', senmlJson, '[{"n":"0/0/5","vd":"c2Vj'],
  ['/3303', senmlJson, '[{"bn":"/21","n":"x","vd":"c2Vj'],
  ['/', json, '{"bn":"\\/0\\/0\\/","e":[{"n":"5"'],
  ['/', senmlCbor, '\xff/0/0/5'],
];

const HARMLESS: readonly Case[] = [
  ['/3303/0/5700', tlv, '/0/0/5'],
  ['/3303/0/5700', undefined, '/0/0/5'],
  ['/3303', senmlJson, '[{"n":"/3303/0/5700","v":21}]'],
  ['/10', senmlJson, '[{"n":"/10/0/5","v":0}]'],
  ['/3303', senmlJson, '[{"n":"/3303/1/5700","v":2'],
];

describe('keys in what an LwM2M device sends', () => {
  for (const [path, format, body] of KEYS)
    it(`are found: ${path} ${body}`, () => {
      assert.equal(holdsKeys(path, format, Buffer.from(body, 'latin1')), true);
    });

  for (const [path, format, body] of HARMLESS)
    it(`are not seen where none are: ${path} ${body}`, () => {
      assert.equal(holdsKeys(path, format, Buffer.from(body, 'latin1')), false);
    });
});
