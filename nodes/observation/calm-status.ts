import type { FlowNode } from './flow-node.ts';

/** What a node shows below itself. */
export type Status = Parameters<FlowNode['status']>[0];

/** A node's status that follows fast messages at most once a second: each one sent goes to every open editor. */
export class CalmStatus {
  readonly #node: FlowNode;
  readonly #interval: number;
  #next: (() => Status) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `interval` in ms. */
  constructor(node: FlowNode, interval = 1000) {
    this.#node = node;
    this.#interval = interval;
  }

  /** Shows `status` now, or the newest one given when the interval is over. */
  show(status: () => Status): void {
    this.#next = status;
    if (!this.#timer) this.#send();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
  }

  #send(): void {
    this.#timer = undefined;
    if (!this.#next) return;
    this.#node.status(this.#next());
    this.#next = undefined;
    this.#timer = setTimeout(() => this.#send(), this.#interval).unref();
  }
}
