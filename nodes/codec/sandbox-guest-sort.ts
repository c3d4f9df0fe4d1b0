/**
 * The text of this function runs in QuickJS: sorts short lists in V8's steps (a first run, then binary insertion; see
 * its array-sort.tq). With a correct comparison every stable sort gives the same, but `(a, b) => a > b` is none, and
 * codecs are published with what it gives there. It may use nothing from outside itself.
 */
export function guestSort(): void {
  const native = Array.prototype.sort;
  /** V8 merges runs from this length on. */
  const MERGED_FROM = 64;
  type Order = (one: unknown, other: unknown) => number;

  /** Length of the ordered run at the beginning, which is put in ascending order. */
  function makeRun(list: unknown[], order: Order): number {
    const descending = order(list[1], list[0]) < 0;
    let length = 2;
    while (length < list.length && order(list[length], list[length - 1]) < 0 === descending) length++;
    if (descending) list.splice(0, length, ...list.slice(0, length).reverse());
    return length;
  }

  function insert(list: unknown[], at: number, order: Order): void {
    const pivot = list[at];
    let [left, right] = [0, at];
    while (left < right) {
      const middle = (left + right) >> 1;
      if (order(pivot, list[middle]) < 0) right = middle;
      else left = middle + 1;
    }
    list.splice(at, 1);
    list.splice(left, 0, pivot);
  }

  Array.prototype.sort = function sort(this: unknown[], compare?: (one: unknown, other: unknown) => number) {
    if (typeof compare !== 'function' || !Array.isArray(this) || this.length >= MERGED_FROM) {
      return native.call(this, compare);
    }
    const order: Order = (one, other) => Number(compare(one, other)) || 0;
    const present = this.filter(() => true);
    const list = present.filter((value) => value !== undefined);
    if (list.length > 1) {
      for (let at = makeRun(list, order); at < list.length; at++) insert(list, at, order);
    }
    const { length } = this;
    this.length = 0;
    for (const value of list) this.push(value);
    for (let at = list.length; at < present.length; at++) this.push(undefined);
    this.length = length;
    return this;
  };
}
