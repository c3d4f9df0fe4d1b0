import type { Packed, StateStore } from '../persistence/state-store.ts';

/** Bytes of memory that the map's entry takes beside the state. */
const OVERHEAD = 100;
/** What a state that was not asked for yet will take when it is, about. */
const ASLEEP = 5000;

/**
 * States of all quantities of one device, saved as one: a reading changes all of them, and to load and save one row for
 * it takes a fifth of the time of five. Saved as, for each quantity, two bytes with the length of its name, four with
 * that of its state (little-endian), name and state.
 */
export class DeviceStates<State extends Packed> implements Packed {
  readonly #awake = new Map<string, State>();
  /** As they were saved, until they are asked for. */
  readonly #asleep = new Map<string, Uint8Array>();

  /** `saved`: what `toBytes` gave; what cannot be read of it is left out. */
  constructor(saved?: Uint8Array) {
    if (!saved) return;
    const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength);
    for (let at = 0; at + HEAD <= saved.length; ) {
      const name = at + HEAD;
      const state = name + view.getUint16(at, true);
      const end = state + view.getUint32(at + 2, true);
      if (end > saved.length) return;
      this.#asleep.set(decoder.decode(saved.subarray(name, state)), saved.subarray(state, end));
      at = end;
    }
  }

  has(quantity: string): boolean {
    return this.#awake.has(quantity) || this.#asleep.has(quantity);
  }

  /** The state of a quantity; if it was only loaded or there is none, what `make` makes of it. */
  get(quantity: string, make: (saved: Uint8Array | undefined) => State): State {
    const known = this.#awake.get(quantity);
    if (known) return known;
    return this.put(quantity, make(this.#asleep.get(quantity)));
  }

  put(quantity: string, state: State): State {
    this.#asleep.delete(quantity);
    this.#awake.set(quantity, state);
    return state;
  }

  get byteLength(): number {
    let bytes = (OVERHEAD + ASLEEP) * this.#asleep.size;
    for (const state of this.#awake.values()) bytes += OVERHEAD + state.byteLength;
    return bytes;
  }

  toBytes(): Uint8Array {
    const parts = [...this.#asleep];
    for (const [quantity, state] of this.#awake) parts.push([quantity, state.toBytes()]);
    const named = parts.map(([quantity, state]) => [encoder.encode(quantity), state] as const);
    const bytes = new Uint8Array(
      named.reduce((sum, [name, state]) => sum + HEAD + name.length + state.length, 0),
    );
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const [name, state] of named) {
      view.setUint16(at, name.length, true);
      view.setUint32(at + 2, state.length, true);
      bytes.set(name, at + HEAD);
      bytes.set(state, at + HEAD + name.length);
      at += HEAD + name.length + state.length;
    }
    return bytes;
  }
}

/** Bytes before a name. */
const HEAD = 6;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a StateStore has under a key, awake; an empty one if it has nothing. To be `set` again once it has changed. */
export function deviceStatesOf<State extends Packed>(state: StateStore, key: string): DeviceStates<State> {
  const known = state.get<DeviceStates<State> | Uint8Array>(key);
  return known instanceof DeviceStates ? known : new DeviceStates(known);
}
