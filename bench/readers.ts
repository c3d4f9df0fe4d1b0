/** Readers of a public address: so many at once, or so many requests a second. */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface Readings {
  answers: number;
  /** Answers with another status than 200. */
  refused: number;
  seconds: number;
  /** ms until the answer was there, of 99 in 100. */
  p99: number;
}

const CONNECTIONS = 32;

/** Asks for `url` for so many seconds: `perSecond` times a second, or as often as it is answered. */
export async function read(
  url: string,
  seconds: number,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<Readings> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  let refused = 0;
  const ask = async () => {
    const began = performance.now();
    if ((await statusOf(url, agent)) !== 200) refused++;
    times.push(performance.now() - began);
  };
  const began = performance.now();
  const end = began + seconds * 1000;
  if (Number.isFinite(perSecond)) await inRhythm(ask, began, end, perSecond);
  else await Promise.all(Array.from({ length: CONNECTIONS }, () => untilThen(ask, end)));
  const took = (performance.now() - began) / 1000;
  agent.destroy();
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
  return { answers: times.length, refused, seconds: took, p99 };
}

async function untilThen(ask: () => Promise<void>, end: number): Promise<void> {
  while (performance.now() < end) await ask();
}

async function inRhythm(
  ask: () => Promise<void>,
  began: number,
  end: number,
  perSecond: number,
): Promise<void> {
  const asked: Promise<void>[] = [];
  while (performance.now() < end) {
    const due = ((performance.now() - began) / 1000) * perSecond;
    while (asked.length < due) asked.push(ask());
    await delay(2);
  }
  await Promise.all(asked);
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { 'accept-encoding': 'gzip, br' } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}
