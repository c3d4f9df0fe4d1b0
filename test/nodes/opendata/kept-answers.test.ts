import assert from 'node:assert/strict';
import { setImmediate as later } from 'node:timers/promises';
import { KeptAnswers } from '../../../nodes/opendata/kept-answers.ts';
import type { Content } from '../../../nodes/opendata/response.ts';

const LIFETIME = 1000;

describe('kept answers', () => {
  let answers: KeptAnswers;
  let made: number;
  const make = async (): Promise<Content> => {
    made++;
    await later();
    return { type: 'text/plain', maxAge: 0, body: String(made) };
  };
  const ask = async (name: string, now: number, group = 'trail') =>
    (await answers.get(group, name, now, make)).body;

  beforeEach(() => {
    answers = new KeptAnswers(LIFETIME);
    made = 0;
  });

  it('are made once for all who ask within their lifetime', async () => {
    assert.deepEqual(await Promise.all([ask('page', 0), ask('page', 0), ask('page', 500)]), ['1', '1', '1']);
    assert.equal(await ask('page', LIFETIME - 1), '1');
    assert.equal(await ask('page', LIFETIME), '2');
  });

  it('are kept per group and name, and forgotten per group', async () => {
    assert.deepEqual(
      [await ask('page nb', 0), await ask('page en', 0), await ask('page nb', 0, 'waste')],
      ['1', '2', '3'],
    );
    answers.forget('trail');
    assert.equal(await ask('page nb', 0), '4');
    assert.equal(await ask('page nb', 0, 'waste'), '3');
  });

  it('are made again after a failure', async () => {
    const failing = () => Promise.reject(new Error('away'));
    await assert.rejects(answers.get('trail', 'page', 0, failing), /away/);
    assert.equal(await ask('page', 0), '1');
  });

  it('do not pile up, and what many ask for outlives what one asked for once', async () => {
    const body = 'x'.repeat(1_000_000);
    const makeBig = async (): Promise<Content> => {
      made++;
      return { type: 'text/plain', maxAge: 0, body };
    };
    for (let index = 0; index < 20; index++) {
      await answers.get('trail', `page ${index}`, 0, makeBig);
      await answers.get('trail', 'page 0', 0, makeBig);
    }
    assert.equal(made, 20);
    await answers.get('trail', 'page 1', 0, makeBig);
    assert.equal(made, 21);
  });
});
