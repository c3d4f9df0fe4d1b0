import { createHash } from 'node:crypto';
import type { StateStore } from '../persistence/state-store.ts';
import { type FrameKeys, micFits } from './frame-crypto.ts';
import type { DataFrame } from './frames.ts';

/** Where a frame came from; tells a second reception and a second reading of the journal from a replay. */
export interface FrameOrigin {
  /** ISO 8601 UTC. */
  receivedTime: string;
  gatewayId?: string;
  journalId?: string;
}

export type FrameVerdict =
  | { result: 'accepted'; fCnt: number }
  /** The same transmission, heard by another gateway. */
  | { result: 'duplicate'; fCnt: number }
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
  receivedTime: string;
  gatewayId?: string;
}

const UPPER_HALF = 0x1_0000;
/** Rollovers tried when a device is met for the first time: four million uplinks. */
const FIRST_CONTACT_ROLLOVERS = 64;
/** Frames that are recognised when the journal is read again after a crash. */
const REMEMBERED_FRAMES = 64;
const SECOND_GATEWAY_MS = 10_000;

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

  /**
   * Checks one uplink frame of a device and, if it is accepted, counts it.
   * `strict`: a counter is good once. `resets`: a device that counts from zero again after a power cut is followed
   * (LoRaWAN 1.0 ABP), only the very last frame cannot be repeated.
   */
  open(
    deviceId: string,
    frame: DataFrame,
    keys: FrameKeys,
    rule: 'strict' | 'resets',
    origin: FrameOrigin,
  ): FrameVerdict {
    const key = `lorawan.frames/${this.#scope}/${deviceId}`;
    const session = this.#session(key, keys);
    const last = session.frames.at(-1);
    const fCnt = newCounters(frame.fCnt16, last?.fCnt).find((counter) => micFits(frame, keys, counter));
    if (fCnt !== undefined) return this.#accept(key, session, frame, fCnt, origin);
    if (!last) return { result: 'wrong-mic' };
    const used = usedCounters(frame.fCnt16, last.fCnt).find((counter) => micFits(frame, keys, counter));
    if (used === undefined) return { result: 'wrong-mic' };
    return this.#again(key, session, last, frame, used, rule, origin);
  }

  /** A frame with a right MIC whose counter is not above the last one. */
  #again(
    key: string,
    session: FrameSession,
    last: AcceptedFrame,
    frame: DataFrame,
    fCnt: number,
    rule: 'strict' | 'resets',
    origin: FrameOrigin,
  ): FrameVerdict {
    const known = session.frames.findLast(
      (accepted) => accepted.fCnt === fCnt && accepted.mic === frame.micHex,
    );
    if (known?.journalId !== undefined && known.journalId === origin.journalId)
      return { result: 'accepted', fCnt };
    const isLast = known !== undefined && known === last;
    if (isLast && fromSecondGateway(session, origin)) return { result: 'duplicate', fCnt };
    if (rule === 'resets' && !isLast) return this.#accept(key, session, frame, fCnt, origin);
    return { result: 'replayed', fCnt, lastFCnt: last.fCnt };
  }

  #accept(
    key: string,
    session: FrameSession,
    frame: DataFrame,
    fCnt: number,
    origin: FrameOrigin,
  ): FrameVerdict {
    const { journalId, receivedTime, gatewayId } = origin;
    const accepted = { fCnt, mic: frame.micHex, ...(journalId === undefined ? {} : { journalId }) };
    this.#state.set(key, {
      keys: session.keys,
      frames: [...session.frames, accepted].slice(-REMEMBERED_FRAMES),
      receivedTime,
      ...(gatewayId === undefined ? {} : { gatewayId }),
    } satisfies FrameSession);
    return { result: 'accepted', fCnt };
  }

  #session(key: string, keys: FrameKeys): FrameSession {
    const digest = createHash('sha256')
      .update(keys.nwkSKey ?? keys.fNwkSIntKey ?? '')
      .digest('hex')
      .slice(0, 16);
    const session = this.#state.get<FrameSession>(key);
    return session?.keys === digest ? session : { keys: digest, frames: [], receivedTime: '' };
  }
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

function fromSecondGateway(session: FrameSession, origin: FrameOrigin): boolean {
  if (session.gatewayId === undefined || origin.gatewayId === undefined) return false;
  const age = Date.parse(origin.receivedTime) - Date.parse(session.receivedTime);
  return session.gatewayId !== origin.gatewayId && Math.abs(age) <= SECOND_GATEWAY_MS;
}
