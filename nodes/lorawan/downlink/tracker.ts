import type { StateStore } from '../../persistence/state-store.ts';
import type { NetworkEvent } from '../network-message.ts';
import type { CommandValues } from './command-data.ts';

/** queued: handed to the network; sent: on the air; acked and failed: the end; no-answer: nothing came in time. */
export type DownlinkState = 'queued' | 'sent' | 'acked' | 'failed' | 'no-answer';

/** A downlink as it is followed. Times are ms since 1970. */
export interface TrackedDownlink {
  reference: string;
  /** Id in the device list. */
  device: string;
  values: CommandValues;
  fPort: number;
  payloadHex: string;
  confirmed: boolean;
  state: DownlinkState;
  requested: number;
  /** When the state was reached. */
  changed: number;
  /** When it counts as unanswered. */
  deadline: number;
  /** The network's events name it by our reference; else by its own id once that is known, or by order. */
  byReference: boolean;
  queueId?: string;
  fCntDown?: number;
  /** Why it failed, in the network's words. */
  reason?: string;
  /** Journal entry, and part of it, that the command came from. */
  cause?: string;
}

/** `downlink/<device>/<node>`: neither has a slash. */
const PREFIX = 'downlink/';

const DAY = 24 * 60 * 60_000;

/** From which states each one can be reached: late news never take back better ones. */
const REACHED_FROM: Readonly<Record<DownlinkState, readonly DownlinkState[]>> = {
  queued: [],
  sent: ['queued', 'no-answer'],
  failed: ['queued', 'sent', 'no-answer'],
  'no-answer': ['queued', 'sent'],
  acked: ['queued', 'sent', 'failed', 'no-answer'],
};

/** What an event of the network says of a downlink. */
function stateAfter({ type, acknowledged, level }: NetworkEvent): DownlinkState | undefined {
  if (type === 'ack') return acknowledged === false ? 'failed' : 'acked';
  if (type === 'log' || type === 'error')
    return level === undefined || level === 'ERROR' ? 'failed' : undefined;
  return Object.hasOwn(EVENT_STATES, type) ? EVENT_STATES[type] : undefined;
}

const EVENT_STATES: Readonly<Record<string, DownlinkState>> = {
  queued: 'queued',
  txack: 'sent',
  nack: 'failed',
  failed: 'failed',
};

/** The downlinks of the last day and all open ones, per device, kept over restarts. */
export class DownlinkTracker {
  readonly #state: StateStore;
  readonly #scope: string;
  /** References of open ones, and the devices they are for: there may be thousands of devices with a history. */
  readonly #open = new Map<string, string>();

  /** `scope` tells nodes apart that send to the same devices. */
  constructor(state: StateStore, scope: string) {
    this.#state = state;
    this.#scope = scope;
    for (const key of state.keys(PREFIX).filter((name) => name.endsWith(`/${scope}`))) {
      for (const entry of readList(state, key)) this.#note(entry);
    }
  }

  /** When a device was sent something after a time, by whichever node; oldest first. */
  requestsSince(device: string, time: number): number[] {
    return this.#state
      .keys(`${PREFIX}${device}/`)
      .flatMap((key) => readList(this.#state, key))
      .map(({ requested }) => requested)
      .filter((requested) => requested > time)
      .sort((one, other) => one - other);
  }

  /** Whether the same bytes were sent to a device for the same cause. */
  hasSent(device: string, cause: string, payloadHex: string): boolean {
    return this.#read(device).some((entry) => entry.cause === cause && entry.payloadHex === payloadHex);
  }

  /** Keeps a new one, on disk before it is sent: after a crash it is neither unknown nor left out of the limits. */
  add(downlink: TrackedDownlink): void {
    const isRecent = (entry: TrackedDownlink) => entry.requested > downlink.requested - DAY;
    const kept = this.#read(downlink.device).filter((entry) => isOpen(entry) || isRecent(entry));
    this.#state.set(this.#key(downlink.device), [...kept, downlink], 'now');
    this.#note(downlink);
  }

  /**
   * The downlink that an event is about, as it is after it; undefined if it is about none, or says nothing new.
   * `sender`: id of the device that the event is about, if it is known.
   */
  apply(event: NetworkEvent, sender: string | undefined, now: number): TrackedDownlink | undefined {
    const state = stateAfter(event);
    const found = state && this.#find(event, sender, state);
    if (!state || !found) return undefined;
    const { fCntDown } = event;
    const reason = state === 'failed' ? (event.error ?? event.description ?? event.code) : undefined;
    const facts = { ...(fCntDown !== undefined && { fCntDown }), ...(reason !== undefined && { reason }) };
    return this.#change(found, state, facts, now);
  }

  /** What a server answered to a request over HTTP: taken, maybe under an id or a counter of its own, or refused. */
  answered(
    reference: string,
    { reason, ...facts }: { queueId?: string; fCntDown?: number; reason?: string },
    now: number,
  ): TrackedDownlink | undefined {
    const found = this.#read(this.#open.get(reference)).find((entry) => entry.reference === reference);
    if (!found) return undefined;
    if (reason !== undefined) return this.#change(found, 'failed', { reason }, now);
    this.#replace({ ...found, ...facts });
    return undefined;
  }

  /** Those whose time is over; they count as unanswered from now on. */
  expire(now: number): TrackedDownlink[] {
    return [...this.#open].flatMap(([reference, device]) => {
      const entry = this.#read(device).find((candidate) => candidate.reference === reference);
      if (!entry || entry.deadline > now) return [];
      return this.#change(entry, 'no-answer', {}, now) ?? [];
    });
  }

  #find(event: NetworkEvent, sender: string | undefined, state: DownlinkState): TrackedDownlink | undefined {
    const { reference, type } = event;
    const entries = this.#read((reference === undefined ? undefined : this.#open.get(reference)) ?? sender);
    const named = entries.find(
      (entry) => reference !== undefined && (entry.reference === reference || entry.queueId === reference),
    );
    // A log line that names none can be about anything.
    if (named || type === 'log' || type === 'error') return named;
    return entries.find(
      (entry) => isNameless(entry) && REACHED_FROM[state].includes(entry.state) && fits(entry, event),
    );
  }

  #change(
    entry: TrackedDownlink,
    state: DownlinkState,
    facts: Partial<TrackedDownlink>,
    now: number,
  ): TrackedDownlink | undefined {
    if (!REACHED_FROM[state].includes(entry.state)) return undefined;
    const { reason: _earlier, ...kept } = entry;
    const changed = { ...kept, ...facts, state, changed: now };
    this.#replace(changed);
    return changed;
  }

  #replace(entry: TrackedDownlink): void {
    const entries = this.#read(entry.device).map((other) =>
      other.reference === entry.reference ? entry : other,
    );
    this.#state.set(this.#key(entry.device), entries, 'seconds');
    this.#note(entry);
  }

  #note(entry: TrackedDownlink): void {
    if (isOpen(entry)) this.#open.set(entry.reference, entry.device);
    else this.#open.delete(entry.reference);
  }

  /** Oldest first. */
  #read(device: string | undefined): TrackedDownlink[] {
    return device === undefined ? [] : readList(this.#state, this.#key(device));
  }

  #key(device: string): string {
    return `${PREFIX}${device}/${this.#scope}`;
  }
}

function readList(state: StateStore, key: string): TrackedDownlink[] {
  return state.get<TrackedDownlink[]>(key) ?? [];
}

/** Whether news of it are still expected: the network says nothing more of one that needs no acknowledgement. */
function isOpen({ state, confirmed }: TrackedDownlink): boolean {
  return state === 'queued' || (state === 'sent' && confirmed);
}

/** Events can only be about it by their order and what they say of it. */
function isNameless({ byReference, queueId, state }: TrackedDownlink): boolean {
  return !byReference && queueId === undefined && state !== 'failed';
}

function fits({ fCntDown, fPort, payloadHex }: TrackedDownlink, event: NetworkEvent): boolean {
  const same = <T>(one: T | undefined, other: T | undefined) =>
    one === undefined || other === undefined || one === other;
  return (
    same(fCntDown, event.fCntDown) &&
    same<number>(fPort, event.fPort) &&
    same<string>(payloadHex, event.downlinkPayloadHex)
  );
}
