import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { StateStore } from '../persistence/state-store.ts';
import type { AlarmEvent } from './alarm.ts';

/** What a link stands for. */
export interface LinkedAlarm {
  /** Of its state, and the event that raised it. */
  key: string;
  event: AlarmEvent;
  /** When the link was made, ms since 1970 UTC. */
  made: number;
}

/** Below Node-RED's root for pages. */
export const ALARM_LINK_PATH = '/byflyt/alarm';

const LINKS = 'alarm-link/';
const LINK_DAYS = 30;
const LINK_LENGTH = LINK_DAYS * 24 * 3_600_000;
const ID_BYTES = 12;
const SIGNATURE_BYTES = 16;

/**
 * Addresses that say nothing of what they stand for: a random number and its HMAC-SHA-256, shortened to 128 bits.
 * What they stand for is kept for 30 days. The key is derived (HKDF, RFC 5869) from the secret of this installation.
 */
export class AlarmLinks {
  readonly #state: StateStore;
  readonly #key: Buffer;
  readonly #base: string;

  /** `base`: the address of this installation, `secret`: what Node-RED encrypts its credentials with. */
  constructor(state: StateStore, secret: string, base: string) {
    this.#state = state;
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'byflyt alarm links', 32));
    this.#base = base.replace(/\/$/, '');
  }

  /** The link to an alarm: the same one as long as it is open. */
  linkTo(key: string, event: AlarmEvent, now: number): string {
    const ids = this.#state.keys(LINKS);
    let known: string | undefined;
    for (const id of ids) {
      const linked = this.#state.get<LinkedAlarm>(id);
      if (linked?.key === key && linked.event.time === event.time) known = id.slice(LINKS.length);
      else if (!linked || now - linked.made > LINK_LENGTH) this.#state.delete(id);
    }
    const id = known ?? randomBytes(ID_BYTES).toString('base64url');
    if (!known) this.#state.set(LINKS + id, { key, event, made: now } satisfies LinkedAlarm, 'now');
    return `${this.#base}${ALARM_LINK_PATH}/${id}.${this.#signature(id).toString('base64url')}`;
  }

  /** What a link stands for by the last part of its address; undefined if it is not ours, or too old at `now`. */
  read(token: string, now: number): LinkedAlarm | undefined {
    const [id = '', signature = ''] = token.split('.', 2);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== SIGNATURE_BYTES || !timingSafeEqual(given, this.#signature(id))) return undefined;
    const linked = this.#state.get<LinkedAlarm>(LINKS + id);
    return linked && now - linked.made <= LINK_LENGTH ? linked : undefined;
  }

  #signature(id: string): Buffer {
    return createHmac('sha256', this.#key).update(id).digest().subarray(0, SIGNATURE_BYTES);
  }
}
