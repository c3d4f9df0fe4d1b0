/** The page behind the link in an alarm's message: for whoever got it, without signing in. */
import { readFileSync } from 'node:fs';
import { answerAlarm, REPLIES, type Reply, replyOf } from '../alarm/alarm-answer.ts';
import { AlarmLinks, type LinkedAlarm } from '../alarm/alarm-links.ts';
import { describeError, languageTag, translate } from '../observation/messages.ts';
import { type Html, html, trusted } from '../opendata/html.ts';
import { type Locale, momentText } from '../opendata/wording.ts';
import type { OperatorSources } from './sources.ts';

const STYLE = readFileSync(new URL('../opendata/page.css', import.meta.url), 'utf8');

/** Large enough for a thumb: most messages are read on a phone. */
const BUTTONS = 'button { font: inherit; min-width: 12rem; padding: 0.7rem 1rem; cursor: pointer; }';

/** No script; the answers are forms, because programs that look into mail open every link. */
export const ALARM_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
  'Cache-Control': 'no-store',
};

/** What a link asks for. Never throws; a link that is not ours, whose device is gone, or too old gives 404. */
export async function answerAlarmPage(
  { token, reply }: { token: string; reply: string | null | undefined },
  withSources: <T>(use: (sources: OperatorSources) => Promise<T>) => Promise<T>,
  secret: string,
  locale: Locale,
  now = Date.now(),
): Promise<{ status: number; body: string }> {
  try {
    return await withSources(async ({ registry, state, save }) => {
      const alarm = secret === '' ? undefined : new AlarmLinks(state, secret, '').read(token, now);
      if (!alarm || !registry.get(alarm.event.device)) return { status: 404, body: noAlarmPage(locale) };
      const given = reply === undefined ? undefined : replyOf(reply);
      const point = given && answerAlarm(state, alarm, given, now);
      if (point) save([point], alarm.event.sandbox === true);
      return { status: 200, body: alarmPage(alarm, given, locale, now) };
    });
  } catch (error) {
    const { language } = locale;
    const title = translate(language, 'operator.alarm.page');
    return { status: 400, body: shell(title, html`<p>${describeError(error, language)}</p>`, locale) };
  }
}

/** The alarm and what may be said of it; after an answer, what it does. `now` in ms since 1970 UTC. */
function alarmPage(alarm: LinkedAlarm, reply: Reply | undefined, locale: Locale, now: number): string {
  const text = (key: string) => translate(locale.language, `operator.alarm.${key}`);
  const { sentence, time } = alarm.event;
  const forms = REPLIES.map(
    (each) =>
      html`<form method="post" action="?answer=${each}"><p><button type="submit">${text(`reply.${each}`)}</button> ${text(`meaning.${each}`)}</p></form>`,
  );
  return shell(
    text('page'),
    html`<h1>${sentence}</h1><p class="quiet">${momentText(Date.parse(time), now, locale)}</p>
${reply ? html`<p class="notice" role="status">${text(`thanks.${reply}`)}</p>` : ''}
<h2>${text('question')}</h2>${forms}`,
    locale,
  );
}

/** The page of a link that was never made, or is too old. */
function noAlarmPage(locale: Locale): string {
  const text = (key: string) => translate(locale.language, `operator.alarm.${key}`);
  return shell(text('page'), html`<h1>${text('page')}</h1><p>${text('unknown')}</p>`, locale);
}

function shell(title: string, body: Html, { language }: Locale): string {
  return html`<!doctype html>
<html lang="${languageTag(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLE + BUTTONS)}</style>
</head>
<body><main id="content">${body}</main></body>
</html>
`.markup;
}
