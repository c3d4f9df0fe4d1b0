import assert from 'node:assert/strict';
import {
  discardFeedback,
  type Feedback,
  feedbackIn,
  keepFeedback,
  MOST_CHARACTERS,
} from '../../../../nodes/opendata/feedback/feedback-box.ts';
import { FeedbackGuard } from '../../../../nodes/opendata/feedback/guard.ts';
import { masked } from '../../../../nodes/opendata/feedback/mask.ts';
import { answer } from '../../../../nodes/opendata/routes.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { BASE, NOW, openSkiTrail, PUBLISHER, type SkiTrail, textOf } from '../ski-trail.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const WORDS: Feedback = { time: NOW, dataset: 'ski-trail', text: 'Is it right?', language: 'en' };

describe('feedback of the public', () => {
  describe('text', () => {
    it('loses e-mail addresses, telephone and identity numbers, and links', () => {
      assert.equal(masked('Mail kari.nordmann@fjellby.example.org now'), 'Mail [@] now');
      for (const number of ['+47 912 34 567', '91234567', '010190 12345', '070-123 45 67', '12 34 56 78']) {
        assert.equal(masked(`Call ${number}!`), 'Call [#]!', number);
      }
      assert.equal(masked('See https://example.org/me?x=1 please'), 'See [www] please');
    });

    it('keeps measurements, dates, line ends and other letters', () => {
      const text =
        'Snø −4,5 °C kl. 14:02 den 18.3. og 18.03.2018, 2018-03-18.\nHumidity 100 %, år 2018: çédille, 漢字';
      assert.equal(masked(text), text);
    });

    it('has no control characters and turns no writing around', () => {
      assert.equal(masked('a\u0000b\u202ec\u2066d\r\ne'), 'abcd\ne');
    });
  });

  describe('box', () => {
    it('keeps the newest first until staff are done with it', () => {
      const state = new MemoryState();
      keepFeedback(state, WORDS);
      keepFeedback(state, { ...WORDS, time: NOW + 1, text: `x${'y'.repeat(5000)}` });
      const [newest, older] = feedbackIn(state);
      assert.equal(newest?.text.length, MOST_CHARACTERS);
      assert.equal(older?.text, 'Is it right?');
      assert.equal(discardFeedback(state, newest?.key ?? ''), true);
      assert.equal(discardFeedback(state, newest?.key ?? ''), false);
      assert.equal(discardFeedback(state, 'alarm/x'), false);
      assert.equal(feedbackIn(state).length, 1);
    });

    it('throws away what is older than a year, and takes no more when it is full', () => {
      const state = new MemoryState();
      for (let index = 0; index < 1000; index++) assert.ok(keepFeedback(state, WORDS));
      assert.equal(keepFeedback(state, WORDS), false);
      assert.ok(keepFeedback(state, { ...WORDS, time: NOW + 366 * DAY }));
      assert.equal(feedbackIn(state).length, 1);
    });
  });

  describe('guard', () => {
    const seconds = (count: number) => NOW + count * SECOND;

    it('takes a form once, neither at once nor a day later', () => {
      const guard = new FeedbackGuard();
      const ticket = guard.ticket(NOW);
      assert.equal(guard.refusal(ticket, 'a', seconds(1)), 'too_fast');
      assert.equal(guard.refusal(ticket, 'a', seconds(10)), undefined);
      assert.equal(guard.refusal(ticket, 'a', seconds(11)), 'too_late');
      assert.equal(guard.refusal(guard.ticket(NOW), 'a', NOW + DAY), 'too_late');
    });

    it('takes no ticket that it did not make', () => {
      const ticket = new FeedbackGuard().ticket(NOW);
      const guard = new FeedbackGuard();
      for (const forged of [ticket, '', '.', 'a.b.c', `${ticket}x`]) {
        assert.equal(guard.refusal(forged, 'a', seconds(10)), 'too_late', forged);
      }
    });

    it('takes few from one network and not many from all, and forgets it after ten minutes', () => {
      const guard = new FeedbackGuard();
      const send = (sender: string, at: number) => guard.refusal(guard.ticket(at - 10 * SECOND), sender, at);
      for (let index = 0; index < 5; index++) assert.equal(send('a', NOW), undefined);
      assert.equal(send('a', NOW), 'too_many');
      for (let index = 0; index < 55; index++) assert.equal(send(`b${index}`, NOW), undefined);
      assert.equal(send('c', NOW), 'too_many');
      assert.equal(send('a', NOW + 11 * MINUTE), undefined);
    });
  });

  describe('form', () => {
    let trail: SkiTrail;
    let kept: Feedback[];
    let now = NOW;
    before(async () => {
      trail = await openSkiTrail();
    });
    after(() => trail.close());
    beforeEach(() => {
      kept = [];
      now += DAY;
    });

    function ask(method: string, body = '', headers: Record<string, string> = {}) {
      const options = {
        timeZone: 'Europe/Stockholm',
        fallback: PUBLISHER,
        now: () => now,
        keepFeedback: (feedback: Feedback) => kept.push(feedback) > 0,
      };
      const request = {
        method,
        path: '/ski-trail/feedback',
        query: new URLSearchParams(method === 'GET' ? body : ''),
        headers: { accept: 'text/html', 'accept-language': 'en', ...headers },
        base: BASE,
        client: '192.0.2.1',
        body: async () => body,
      };
      return answer(request, trail.site, options);
    }

    async function filled(fields: Record<string, string>) {
      const page = await textOf(await ask('GET', 'place=start'));
      const [, ticket = ''] = /name="ticket" value="([^"]+)"/.exec(page) ?? [];
      now += 10 * SECOND;
      return new URLSearchParams({ ticket, place: 'start', website: '', ...fields }).toString();
    }

    it('keeps what was sent, with the place, and says thank you', async () => {
      const response = await ask('POST', await filled({ verdict: 'wrong', text: 'It rained.' }), {
        origin: 'https://data.example.org',
      });
      assert.equal(response.status, 200);
      assert.match(await textOf(response), /<h1>Thank you!<\/h1>/);
      assert.deepEqual(kept, [
        {
          time: now,
          dataset: 'ski-trail',
          text: 'It rained.',
          language: 'en',
          place: 'start',
          verdict: 'wrong',
        },
      ]);
    });

    it('is kept by no cache', async () => {
      assert.equal((await ask('GET')).headers['Cache-Control'], 'no-store');
    });

    const WRONG: [what: string, fields: Record<string, string>, headers: Record<string, string>, RegExp][] = [
      ['empty', {}, {}, /Answer the question or write something/],
      [
        'filled in by a program',
        { text: 'Buy', website: 'https://spam.example' },
        {},
        /Leave this field empty/,
      ],
      ['with a made-up ticket', { text: 'Hi', ticket: 'x.y.z' }, {}, /open for too long/],
      ['from another site', { text: 'Hi' }, { 'sec-fetch-site': 'cross-site' }, /from another website/],
      ['from another origin', { text: 'Hi' }, { origin: 'https://evil.example' }, /from another website/],
    ];
    for (const [what, fields, headers, sentence] of WRONG) {
      it(`shows the form again, with the text, when it was sent ${what}`, async () => {
        const response = await ask('POST', await filled(fields), headers);
        const page = await textOf(response);
        assert.ok(response.status >= 400 && response.status < 500, String(response.status));
        assert.match(page, sentence);
        assert.match(page, /role="alert"/);
        if (fields.text) assert.match(page, new RegExp(`>${fields.text}</textarea>`));
        assert.deepEqual(kept, []);
      });
    }

    it('escapes what was written', async () => {
      const response = await ask(
        'POST',
        await filled({ text: '</textarea><script>x</script>', ticket: 'x' }),
      );
      assert.doesNotMatch(await textOf(response), /<script/);
    });
  });
});
