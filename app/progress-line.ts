/** The part of an output stream that a progress line needs. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 30;
const ON_SCREEN_MS = 100;
/** In a log file a line now and then is enough. */
const IN_FILE_MS = 10_000;
/** Back to the line's beginning, and away with what stands there. */
const CLEAR = '\r\u001b[K';

/** How far a long command is: a bar that moves on a terminal, elsewhere a line every ten seconds. */
export class ProgressLine {
  readonly #output: ProgressOutput;
  #last = Date.now();

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  /** `share` is from 0 to 1, `text` says it in words. */
  show(share: number, text: () => string): void {
    const now = Date.now();
    const onScreen = this.#output.isTTY === true;
    if (now - this.#last < (onScreen ? ON_SCREEN_MS : IN_FILE_MS)) return;
    this.#last = now;
    const filled = Math.round(Math.min(Math.max(share, 0), 1) * WIDTH);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}]`;
    this.#output.write(onScreen ? `${CLEAR}${bar} ${text()}` : `${text()}\n`);
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.#output.isTTY === true) this.#output.write(CLEAR);
  }
}
