import { stderr } from 'node:process';
import { LineScorer } from '../../nodes/anomaly/score-line.ts';
import { translate } from '../../nodes/observation/messages.ts';
import type { Command } from '../command.ts';
import { linesOf, print } from '../lines.ts';

/** `byflyt score`: `timestamp,value` -> anomaly score, each line answered before the next is awaited. */
export const command: Command = {
  options: { values: [], flags: [] },
  required: [],
  async run({ language }) {
    const scorer = new LineScorer();
    let well = true;
    for await (const line of linesOf()) {
      const scored = scorer.score(line);
      if (scored === undefined) continue;
      if (scored.problem) {
        well = false;
        stderr.write(`${translate(language, scored.problem.key, scored.problem.parameters)}\n`);
      }
      await print(String(scored.score));
    }
    return well;
  },
};
