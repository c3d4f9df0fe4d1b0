import assert from 'node:assert/strict';
import { DeviceStates, deviceStatesOf } from '../../../nodes/anomaly/device-states.ts';
import type { Packed } from '../../../nodes/persistence/state-store.ts';
import { MemoryState } from '../../support/memory-state.ts';

class Count implements Packed {
  readonly byteLength = 10;
  readonly #saved: Uint8Array;
  constructor(saved: Uint8Array = new Uint8Array()) {
    this.#saved = saved;
  }
  add(): Count {
    return new Count(Uint8Array.of(...this.#saved, 1));
  }
  toBytes(): Uint8Array {
    return this.#saved;
  }
}

const make = (saved?: Uint8Array): Count => new Count(saved);
const lengthOf = (states: DeviceStates<Count>, quantity: string): number =>
  states.get(quantity, make).toBytes().length;

describe('states of a device', () => {
  it('come back as they were, those that nobody asked for too', () => {
    const first = new DeviceStates<Count>();
    first.put('a', new Count().add());
    first.put('blåbær', new Count().add().add());
    first.put('empty', new Count());
    const second = new DeviceStates<Count>(first.toBytes());
    second.put('a', second.get('a', make).add());
    const third = new DeviceStates<Count>(second.toBytes());
    assert.deepEqual(
      ['a', 'blåbær', 'empty', 'new'].map((quantity) => [third.has(quantity), lengthOf(third, quantity)]),
      [
        [true, 2],
        [true, 2],
        [true, 0],
        [false, 0],
      ],
    );
  });

  it('leave out what cannot be read', () => {
    const states = new DeviceStates<Count>();
    states.put('a', new Count().add());
    states.put('b', new Count().add());
    const bytes = states.toBytes();
    for (let length = 0; length < bytes.length; length++) {
      const cut = new DeviceStates<Count>(bytes.slice(0, length));
      assert.equal(cut.has('a'), length >= bytes.length / 2, `${length}`);
      assert.equal(cut.has('b'), false, `${length}`);
    }
  });

  it('take as much memory asleep as they may awake, so that waking them breaks no bound', () => {
    const states = new DeviceStates<Count>();
    states.put('a', new Count());
    const asleep = new DeviceStates<Count>(states.toBytes());
    assert.ok(asleep.byteLength > states.byteLength);
    asleep.get('a', make);
    assert.equal(asleep.byteLength, states.byteLength);
  });

  it('are the same for all who ask, and survive a restart', () => {
    const state = new MemoryState();
    const states = deviceStatesOf<Count>(state, 'counts/d1');
    states.put('a', new Count().add());
    state.set('counts/d1', states);
    assert.equal(deviceStatesOf(state, 'counts/d1'), states);
    state.restart();
    assert.equal(lengthOf(deviceStatesOf(state, 'counts/d1'), 'a'), 1);
  });
});
