import { CalmStatus, type Status } from '../observation/calm-status.ts';
import { type FlowMessage, type FlowNode, runInput } from '../observation/flow-node.ts';
import type { Language } from '../observation/messages.ts';
import { describeError, translate } from '../observation/messages.ts';
import { andThen, type NowOrLater } from '../observation/now-or-later.ts';
import type { CodecListeners } from './codec-reports.ts';
import type { FlowDecoder } from './flow-decoder.ts';
import { ReadingCount } from './reading-count.ts';

/** Sends a message on the first output, or a list with one for each. */
export type Send = (messages: object) => void;
type Done = (error?: Error) => void;

/** The parts of a Node-RED node that a decode node of any network uses. */
interface DecodingNode extends FlowNode {
  warn(sentence: string): void;
}

interface Decoding {
  flow: Pick<FlowDecoder, 'decode'>;
  /** What is wrong with files of device models; a new list when it changes. */
  models: { problems(): readonly unknown[] };
  language: Language;
  /** IANA name. */
  timeZone: string;
  /** A sentence that stands in place of how many readings came, if there is something to look after. */
  remark?: () => string | undefined;
}

/**
 * What a decode node does with each message: readings leave on the first output, what is no reading on the second, and
 * the status counts them.
 */
export function runDecoding(
  node: DecodingNode,
  { flow, models, language, timeZone, remark }: Decoding,
): { take(message: FlowMessage, send: Send, done: Done): void; close(): void } {
  const status = new CalmStatus(node);
  const count = new ReadingCount(language, timeZone);
  const showCount = (): Status => {
    const attention = remark?.();
    return attention === undefined
      ? { fill: 'green', shape: 'dot', text: count.sentence() }
      : { fill: 'yellow', shape: 'dot', text: attention };
  };
  node.status({ fill: 'grey', shape: 'ring', text: count.sentence() });

  let knownProblems: readonly unknown[] = [];
  const reportModelFiles = (): void => {
    const problems = models.problems();
    if (problems === knownProblems) return;
    knownProblems = problems;
    for (const problem of problems) node.warn(describeError(problem, language));
  };
  reportModelFiles();

  const decode = (message: FlowMessage, send: Send): NowOrLater<void> => {
    reportModelFiles();
    return andThen(flow.decode(message), ({ readings, events, problem }) => {
      for (const reading of readings) send(reading);
      for (const event of events) send([null, event]);
      const last = readings.at(-1)?.payload;
      if (last) {
        count.add(readings.length, last);
        status.show(showCount);
      }
      if (problem) throw problem;
    });
  };
  return {
    take: (message, send, done) => void runInput(node, language, done, () => decode(message, send)),
    close: () => status.close(),
  };
}

/** Tells staff, in the debug sidebar, what codecs say beside values. */
export function codecWarnings(
  node: Pick<DecodingNode, 'warn'>,
  language: Language,
): Required<CodecListeners> {
  return {
    onUnknownNames: ({ name: device, model }, names) =>
      node.warn(
        translate(language, 'lorawan.warning.unknownNames', { device, model, names: names.join(', ') }),
      ),
    onWarnings: ({ name: device }, warnings) =>
      node.warn(
        translate(language, 'lorawan.warning.codecWarnings', { device, warnings: warnings.join('; ') }),
      ),
  };
}
