import { MessageError, messageOf } from '../observation/errors.ts';

/** The part of `RED.util` that runs JSONata. `node` is whose flow and environment an expression may ask for. */
export interface JsonataRunner<Node, Expression> {
  prepareJSONataExpression(value: string, node: Node): Expression;
  evaluateJSONataExpression(
    expression: Expression,
    message: object,
    callback: (error: Error | null, result: unknown) => void,
  ): void;
}

/** Makes of a message, and maybe its topic, what `readMapped` reads. */
export type Mapping = (message: unknown, topic?: string) => Promise<unknown>;

/**
 * A person's mapping, written in JSONata as all of Node-RED's expressions are: it sees `payload` and `topic`.
 * Throws MessageError `lorawan.error.mappingMissing`, or `mappingFailed` for one that is no JSONata; the mapping rejects
 * with `mappingFailed` where it does not fit a message.
 */
export function mappingOf<Node, Expression>(
  text: string,
  node: Node,
  runner: JsonataRunner<Node, Expression>,
): Mapping {
  if (text.trim() === '') throw new MessageError({ key: 'lorawan.error.mappingMissing' });
  const expression = attempted(() => runner.prepareJSONataExpression(text, node));
  return (payload, topic) =>
    new Promise((resolve, reject) =>
      runner.evaluateJSONataExpression(expression, { payload, topic }, (error, result) =>
        error ? reject(failure(error)) : resolve(result),
      ),
    );
}

function attempted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw failure(error);
  }
}

/** JSONata throws plain objects with a message. */
function failure(error: unknown): MessageError {
  const { message } = Object(error) as { message?: unknown };
  const parameters = { message: typeof message === 'string' ? message : messageOf(error) };
  return new MessageError({ key: 'lorawan.error.mappingFailed', parameters }, { cause: error });
}
