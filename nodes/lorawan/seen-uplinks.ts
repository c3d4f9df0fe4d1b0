import { createHash } from 'node:crypto';
import { parseTime } from '../observation/time.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { present } from './json-fields.ts';
import type { Uplink } from './network-message.ts';

/** An uplink that became a reading. */
interface SeenUplink {
  fCnt?: number;
  fPort?: number;
  devAddr?: string;
  payloadHex: string;
  /** Digest of the values that the server decoded, where these are what is read. */
  values?: string;
  /** ms since 1970: when it was heard, by the best clock there is. */
  time: number;
  /** Arrival of the message here, ISO 8601 UTC. */
  arrived: string;
  /** Message of the journal, and which of its parts. */
  origin?: string;
  gateways: string[];
}

interface SeenOptions {
  scope?: string | undefined;
  since?: string;
  byValues?: boolean | undefined;
}

export interface UplinkOrigin {
  /** ISO 8601 UTC. */
  receivedTime: string;
  journalId?: string;
  /** Which of several uplinks in one message. */
  part?: number;
}

/** A device that gets no answer sends the same frame again, at most 15 times, as its duty cycle allows. */
const SENT_AGAIN_MS = 10 * 60_000;
/**
 * A device that joins before every uplink, or that was told to forget its counter, always sends number 0: then the same
 * payload is a new reading, if it does not follow as closely as a frame that is sent again.
 */
const SENT_AGAIN_WITHOUT_COUNTER_MS = 30_000;
/** Servers hand on a frame late, and backlogs are mixed. */
const REMEMBERED = 8;
/** Gateways that are counted of one uplink, and characters of their ids: a message may say anything. */
const MOST_GATEWAYS = 100;
const LONGEST_ID = 64;
/** No clock of a LoRaWAN network shows an earlier time. */
const EARLIEST = Date.UTC(2015, 0, 1);

/**
 * Finds uplinks that came before: sent again by the device, heard on two radios of a gateway, handed on once per gateway,
 * or told twice by the server (LORIOT's `rx` and `gw`). The same are device, counter, port, address (where both say it)
 * and payload, within ten minutes, or half a minute of a counter that does not count. Where the server's own values are
 * read, these must be the same too: some servers send each value of an uplink by itself. Kept in the state store.
 */
export class SeenUplinks {
  readonly #state: StateStore;
  readonly #scope: string;
  readonly #since: string;
  readonly #byValues: boolean;

  /**
   * `scope`: who decodes; two flows that both read a device each take its uplinks once. `since`: the start, ISO 8601 UTC.
   * `byValues`: the values of the server are read, not the payload.
   */
  constructor(
    state: StateStore,
    { scope = '', since = new Date().toISOString(), byValues = false }: SeenOptions = {},
  ) {
    this.#state = state;
    this.#scope = scope;
    this.#since = since;
    this.#byValues = byValues;
  }

  /**
   * Undefined for a new uplink, which is remembered then, and for one that the journal gives once more. Of a duplicate:
   * how many gateways have heard the uplink by now, of those that have an id.
   */
  duplicate(
    deviceId: string,
    uplink: Uplink,
    origin: UplinkOrigin,
  ): { distinctGateways: number } | undefined {
    const key = this.#key(deviceId);
    const seen = this.#state.get<SeenUplink[]>(key) ?? [];
    const one = this.#seenOf(uplink, origin);
    const before = seen.findLast((other) => isSame(other, one));
    if (!before) {
      seen.push(one);
      while (seen.length > REMEMBERED || isOver(seen[0], one)) seen.shift();
      this.#state.set(key, seen, 'minute');
      return undefined;
    }
    if (this.#isOnceMore(before, one)) return undefined;
    const gateways = [...new Set([...before.gateways, ...one.gateways])].slice(0, MOST_GATEWAYS);
    const changed = seen.map((other) => (other === before ? { ...before, gateways } : other));
    this.#state.set(key, changed, 'minute');
    return { distinctGateways: gateways.length };
  }

  /** For an uplink that became no reading after all: what comes again may. */
  forget(deviceId: string, uplink: Uplink, origin: UplinkOrigin): void {
    const key = this.#key(deviceId);
    const one = this.#seenOf(uplink, origin);
    const seen = this.#state.get<SeenUplink[]>(key) ?? [];
    this.#state.set(
      key,
      seen.filter((other) => !isSame(other, one)),
      'minute',
    );
  }

  #seenOf(uplink: Uplink, origin: UplinkOrigin): SeenUplink {
    const { fCnt, fPort, devAddr, payloadHex, gatewayId } = uplink;
    const gateways = uplink.gatewayIds ?? (gatewayId === undefined ? [] : [gatewayId]);
    return present<SeenUplink>({
      fCnt,
      fPort,
      devAddr,
      payloadHex,
      values: this.#byValues || uplink.valuesOnly ? digestOf(uplink.decoded) : undefined,
      time: timeOf(uplink, origin),
      arrived: origin.receivedTime,
      origin: origin.journalId === undefined ? undefined : `${origin.journalId}/${origin.part ?? 0}`,
      gateways: gateways.slice(0, MOST_GATEWAYS).map((id) => id.slice(0, LONGEST_ID)),
    });
  }

  #key(deviceId: string): string {
    return `lorawan.seen/${this.#scope}/${deviceId}`;
  }

  /** The same message from the journal; after a restart it may have another number, if its intake was deleted. */
  #isOnceMore(before: SeenUplink, one: SeenUplink): boolean {
    if (before.origin === undefined || one.origin === undefined) return false;
    return before.origin === one.origin || (before.arrived === one.arrived && one.arrived < this.#since);
  }
}

function digestOf(decoded: unknown): string | undefined {
  return decoded === undefined
    ? undefined
    : createHash('sha256').update(JSON.stringify(decoded)).digest('hex').slice(0, 16);
}

/** The server's clock tells copies apart in a backlog that comes all at once. */
function timeOf({ time, gatewayTime }: Uplink, { receivedTime }: UplinkOrigin): number {
  for (const text of [time, gatewayTime]) {
    const moment = text === undefined ? Number.NaN : parseTime(text);
    if (moment >= EARLIEST) return moment;
  }
  return parseTime(receivedTime);
}

/** Too old to be the same as anything that comes now; most devices have one uplink in memory at a time. */
function isOver(oldest: SeenUplink | undefined, newest: SeenUplink): boolean {
  return oldest !== undefined && newest.time - oldest.time > SENT_AGAIN_MS;
}

function isSame(one: SeenUplink, other: SeenUplink): boolean {
  return (
    one.fCnt === other.fCnt &&
    one.payloadHex === other.payloadHex &&
    one.fPort === other.fPort &&
    isSameOrUnknown(one.devAddr, other.devAddr) &&
    isSameOrUnknown(one.values, other.values) &&
    Math.abs(one.time - other.time) <= (one.fCnt ? SENT_AGAIN_MS : SENT_AGAIN_WITHOUT_COUNTER_MS)
  );
}

function isSameOrUnknown(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}
