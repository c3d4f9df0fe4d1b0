import { createHash } from 'node:crypto';
import type { StateStore } from '../persistence/state-store.ts';
import { type FrameKeys, micFits } from './frame-crypto.ts';
import type { DataFrame } from './frames.ts';

/** Where a frame came from; tells one that is sent or delivered twice from a replay. */
export interface FrameOrigin {
  /** ISO 8601 UTC. */
  receivedTime: string;
  /** When the gateway heard it, by its own clock, ISO 8601 UTC. */
  gatewayTime?: string;
  gatewayId?: string;
  journalId?: string;
}

/**
 * What a person chose for a device's frame counter. `strict`: a number is good once. `resets`: a device that counts
 * from zero again after a power cut (LoRaWAN 1.0 ABP) is followed, and said to have done so; only the very last frame
 * cannot be repeated. `off`: any number is good, so an old frame that somebody sends again is taken for a reading.
 */
export type CounterRule = 'strict' | 'resets' | 'off';

export type FrameVerdict =
  /**
   * `resetFrom`: the counter before, if the device counts from a lower number again; `redelivered`: the journal gave it
   * once before.
   */
  | { result: 'accepted'; fCnt: number; resetFrom?: number; redelivered?: true }
  /** The last frame once more: heard by another gateway, or sent again (`again`) because no answer came. */
  | { result: 'duplicate'; fCnt: number; again: boolean }
  /** The MIC is right, but the counter was used before. */
  | { result: 'replayed'; fCnt: number; lastFCnt: number }
  | { result: 'wrong-mic' };

interface AcceptedFrame {
  fCnt: number;
  mic: string;
  journalId?: string;
}

/** What is kept per device, newest frame last. `keys` is a digest: new session keys start a new count. */
interface FrameSession {
  keys: string;
  frames: AcceptedFrame[];
  /** Of the newest frame. */
  receivedTime: string;
  gatewayTime?: string;
  gatewayId?: string;
  /** The session before: its keys are good until the device has heard of the new ones. */
  earlier?: FrameSession;
}

const UPPER_HALF = 0x1_0000;
/** Rollovers tried when a device is met for the first time: four million uplinks. */
const FIRST_CONTACT_ROLLOVERS = 64;
/** Frames that are recognised when the journal is read again after a crash. */
const REMEMBERED_FRAMES = 64;
const SECOND_GATEWAY_MS = 10_000;
/** When a device sends again what nobody answered: it listens for two seconds first, and gives up within minutes. */
const SENT_AGAIN_MS = [1500, 300_000] as const;

/**
 * Frame counters of the devices whose frames come without a network server: finds the 32-bit counter behind the 16
 * bits on the air and refuses replays. Kept in the state store, so a restart does not open the door to old frames.
 */
export class FrameSessions {
  readonly #state: StateStore;
  readonly #scope: string;

  /** `scope`: who reads the frames; two flows that both read a device each count for themselves. */
  constructor(state: StateStore, scope = '') {
    this.#state = state;
    this.#scope = scope;
  }

  /** Checks one uplink frame of a device and, if it is accepted, counts it. */
  open(
    deviceId: string,
    frame: DataFrame,
    keys: FrameKeys,
    rule: CounterRule,
    origin: FrameOrigin,
  ): FrameVerdict {
    const key = `lorawan.frames/${this.#scope}/${deviceId}`;
    const kept = this.#state.get<FrameSession>(key);
    const session = sessionIn(kept, digestOf(keys));
    const verdict = judge(session, frame, keys, rule, origin);
    if (verdict.result === 'accepted' && !verdict.redelivered) {
      this.#state.set(key, put(kept, counted(session, frame, verdict.fCnt, origin)));
    }
    return verdict;
  }
}

function judge(
  session: FrameSession,
  frame: DataFrame,
  keys: FrameKeys,
  rule: CounterRule,
  origin: FrameOrigin,
): FrameVerdict {
  const last = session.frames.at(-1);
  const fits = (counter: number) => micFits(frame, keys, counter);
  const fCnt = newCounters(frame.fCnt16, last?.fCnt).find(fits);
  if (fCnt !== undefined) return { result: 'accepted', fCnt };
  const used = last && usedCounters(frame.fCnt16, last.fCnt).find(fits);
  return last === undefined || used === undefined
    ? { result: 'wrong-mic' }
    : judgeUsed(session, last, frame, used, rule, origin);
}

/** A frame with a right MIC whose counter is not above the last one. */
function judgeUsed(
  session: FrameSession,
  last: AcceptedFrame,
  frame: DataFrame,
  fCnt: number,
  rule: CounterRule,
  origin: FrameOrigin,
): FrameVerdict {
  if (isRedelivered(session, frame, fCnt, origin)) return { result: 'accepted', fCnt, redelivered: true };
  const isLast = last.fCnt === fCnt && last.mic === frame.micHex;
  if (isLast && isSentAgain(session, origin)) return { result: 'duplicate', fCnt, again: true };
  if (isLast && fromSecondGateway(session, origin)) return { result: 'duplicate', fCnt, again: false };
  if (rule === 'off') return { result: 'accepted', fCnt };
  if (rule === 'resets' && !isLast) return { result: 'accepted', fCnt, resetFrom: last.fCnt };
  return { result: 'replayed', fCnt, lastFCnt: last.fCnt };
}

/** Only gateways can tell: what arrives late may have been sent at once. */
function isSentAgain(session: FrameSession, { gatewayTime }: FrameOrigin): boolean {
  const [soonest, latest] = SENT_AGAIN_MS;
  const age = Date.parse(gatewayTime ?? '') - Date.parse(session.gatewayTime ?? '');
  return age >= soonest && age <= latest;
}

function fromSecondGateway(session: FrameSession, origin: FrameOrigin): boolean {
  if (session.gatewayId === undefined || origin.gatewayId === undefined) return false;
  const age = Date.parse(origin.receivedTime) - Date.parse(session.receivedTime);
  return session.gatewayId !== origin.gatewayId && Math.abs(age) <= SECOND_GATEWAY_MS;
}

/** The journal gives a frame again that it gave before a crash. */
function isRedelivered(
  { frames }: FrameSession,
  { micHex }: DataFrame,
  fCnt: number,
  { journalId }: FrameOrigin,
): boolean {
  const known = frames.findLast((accepted) => accepted.fCnt === fCnt && accepted.mic === micHex);
  return known?.journalId !== undefined && known.journalId === journalId;
}

function counted(session: FrameSession, frame: DataFrame, fCnt: number, origin: FrameOrigin): FrameSession {
  const { journalId, receivedTime, gatewayTime, gatewayId } = origin;
  const accepted = { fCnt, mic: frame.micHex, ...(journalId === undefined ? {} : { journalId }) };
  const { keys, frames, earlier } = session;
  return {
    keys,
    frames: [...frames, accepted].slice(-REMEMBERED_FRAMES),
    receivedTime,
    ...(gatewayTime === undefined ? {} : { gatewayTime }),
    ...(gatewayId === undefined ? {} : { gatewayId }),
    ...(earlier ? { earlier } : {}),
  };
}

/** The session of these keys; a new one remembers the one before it, but not what was before that. */
function sessionIn(kept: FrameSession | undefined, keys: string): FrameSession {
  const found = [kept, kept?.earlier].find((session) => session?.keys === keys);
  if (found) return found;
  const { earlier: _, ...previous } = kept ?? {};
  return {
    keys,
    frames: [],
    receivedTime: '',
    ...('keys' in previous ? { earlier: previous as FrameSession } : {}),
  };
}

/** A frame of the session before the present one must not make that one forgotten. */
function put(kept: FrameSession | undefined, changed: FrameSession): FrameSession {
  return kept?.earlier?.keys === changed.keys ? { ...kept, earlier: changed } : changed;
}

function digestOf({ nwkSKey, fNwkSIntKey }: FrameKeys): string {
  const key = nwkSKey ?? fNwkSIntKey ?? '';
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

/** The 32-bit counter of a frame whose device is met without any history: undefined if the MIC fits none. */
export function firstCounter(frame: DataFrame, fits: (fCnt: number) => boolean): number | undefined {
  return newCounters(frame.fCnt16, undefined).find(fits);
}

/** Counters above `last` that end in the 16 bits on the air: the nearest, and one rollover more. */
function newCounters(fCnt16: number, last: number | undefined): number[] {
  if (last === undefined) {
    return Array.from({ length: FIRST_CONTACT_ROLLOVERS }, (_, upper) => upper * UPPER_HALF + fCnt16);
  }
  const same = last - (last % UPPER_HALF) + fCnt16;
  const next = same > last ? same : same + UPPER_HALF;
  return [next, next + UPPER_HALF].filter((counter) => counter < UPPER_HALF ** 2);
}

/** Counters up to `last` that end in the 16 bits on the air: the newest ones, and the first life of the device. */
function usedCounters(fCnt16: number, last: number): number[] {
  const newest = last - (last % UPPER_HALF) + fCnt16;
  const counters = Array.from({ length: FIRST_CONTACT_ROLLOVERS }, (_, age) => newest - age * UPPER_HALF);
  return [...new Set([...counters, fCnt16])].filter((counter) => counter >= 0 && counter <= last);
}
