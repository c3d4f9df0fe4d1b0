import { LineScorer } from '../../nodes/anomaly/score-line.ts';
import { translate } from '../../nodes/observation/messages.ts';
import type { Command } from '../command.ts';
import { complain, linesOf, print } from '../lines.ts';

/** `byflyt score`: `timestamp,value` -> anomaly score, each line answered before the next is awaited. */
export const command: Command = {
  options: { values: [], flags: [] },
  required: [],
  async run({ language }) {
    const scorer = new LineScorer();
    let number = 0;
    let well = true;
    for await (const line of linesOf()) {
      number++;
      const scored = scorer.score(line);
      if (scored === undefined) continue;
      if (scored.problem) {
        well = false;
        complain(language, number, translate(language, scored.problem.key, scored.problem.parameters));
      }
      await print(String(scored.score));
    }
    return well;
  },
};
