import { describeError, type Language } from '../observation/messages.ts';
import type { IntakeProblems } from './intake-problems.ts';
import type { IntakeStatus } from './intake-status.ts';
import type { ReceivedMessage, TransportEvents } from './transport.ts';

export interface TransportEventsOptions {
  language: Language;
  status: Pick<IntakeStatus, 'received' | 'connection' | 'problem'>;
  problems: Pick<IntakeProblems, 'received' | 'connection' | 'failed'>;
  /** Resolves when the message is on disk. */
  accept(message: ReceivedMessage): Promise<void>;
  /** Tells the log, and catch nodes. */
  error(sentence: string): void;
}

/** What every node that takes messages in does with what its transport tells. */
export function transportEvents({
  language,
  status,
  problems,
  accept,
  error,
}: TransportEventsOptions): Pick<TransportEvents, 'onMessage' | 'onState' | 'onError'> {
  let lastProblem = '';
  return {
    onMessage: (message) => {
      status.received();
      return accept(message).then(() => problems.received());
    },
    onState: (state) => {
      if (state === 'connected') lastProblem = '';
      status.connection(state);
      problems.connection(state);
    },
    onError: (problem) => {
      const sentence = describeError(problem, language);
      status.problem(sentence);
      problems.failed(problem);
      // One line in the log when something goes wrong, not one per attempt.
      if (sentence !== lastProblem) error(sentence);
      lastProblem = sentence;
    },
  };
}
