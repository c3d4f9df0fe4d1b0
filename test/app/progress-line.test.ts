import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ProgressLine } from '../../app/progress-line.ts';

function output(isTTY: boolean) {
  const texts: string[] = [];
  return { isTTY, texts, write: (text: string) => texts.push(text) };
}

describe('the progress of a long command', () => {
  it('is a bar on a terminal, drawn over and over and removed for other lines', async () => {
    const terminal = output(true);
    const line = new ProgressLine(terminal);
    for (const share of [0.5, 2]) {
      await delay(110);
      line.show(share, () => `waste: ${share}`);
    }
    line.clear();
    assert.deepEqual(terminal.texts, [
      `\r\u001b[K[${'#'.repeat(15)}${'.'.repeat(15)}] waste: 0.5`,
      `\r\u001b[K[${'#'.repeat(30)}] waste: 2`,
      '\r\u001b[K',
    ]);
  });

  it('costs nothing in between, and says nothing of short work to a file', async () => {
    const file = output(false);
    const line = new ProgressLine(file);
    await delay(110);
    line.show(0.5, () => assert.fail());
    line.clear();
    assert.deepEqual(file.texts, []);
  });
});
