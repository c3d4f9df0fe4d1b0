import type { FlowNode } from '../observation/flow-node.ts';

type Status = Parameters<FlowNode['status']>[0];

/** Shows the newest status of a busy node, at most once a second: each one travels to every open editor. */
export class StatusLine {
  readonly #node: FlowNode;
  readonly #interval: number;
  #next: Status | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(node: FlowNode, intervalMs = 1000) {
    this.#node = node;
    this.#interval = intervalMs;
  }

  show(status: Status): void {
    if (this.#timer) {
      this.#next = status;
      return;
    }
    this.#node.status(status);
    this.#timer = setTimeout(() => this.#tick(), this.#interval).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const next = this.#next;
    this.#next = undefined;
    this.#timer = undefined;
    if (next) this.show(next);
  }
}
