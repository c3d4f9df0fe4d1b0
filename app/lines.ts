import { once } from 'node:events';
import { stderr, stdin, stdout } from 'node:process';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import { describeError, type Language, translate } from '../nodes/observation/messages.ts';

/** A line longer than this is no message of a sensor; reading on would fill the memory. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** The lines of a byte stream as soon as they are complete, without their ends (LF or CRLF). */
export async function* linesOf(input: AsyncIterable<Uint8Array> = stdin): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const chunk of input) {
    const parts = (open + decoder.decode(chunk, { stream: true })).split('\n');
    open = parts.pop() ?? '';
    if (open.length > LONGEST_LINE) throw new ConfigurationError({ key: 'app.error.line_too_long' });
    for (const line of parts) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (open !== '') yield open;
}

/** Writes a line; resolves when the reader keeps up. */
export async function print(line: string): Promise<void> {
  if (!stdout.write(`${line}\n`)) await once(stdout, 'drain');
}

/** Writes a sentence about a line (from 1) to the error output. */
function complain(language: Language, line: number, sentence: string): void {
  stderr.write(`${translate(language, 'app.error.line', { line, sentence })}\n`);
}

interface WithError {
  error: { message: string };
}

/**
 * JSON lines from the input through `answer` to the output, one after the other, in order, in constant memory.
 * Blank lines have no answer. An answer with `error` is printed and explained on the error output.
 * @param always what the answer to a line that is no JSON has beside its `error`
 * @returns true if there was no error
 */
export async function answerJsonLines(
  language: Language,
  answer: (value: unknown) => Promise<readonly object[]>,
  always: object = {},
): Promise<boolean> {
  let number = 0;
  let well = true;
  for await (const line of linesOf()) {
    number++;
    if (line.trim() === '') continue;
    for (const result of await answerLine(language, line, answer, always)) {
      if (hasError(result)) {
        well = false;
        complain(language, number, result.error.message);
      }
      await print(JSON.stringify(result));
    }
  }
  return well;
}

async function answerLine(
  language: Language,
  line: string,
  answer: (value: unknown) => Promise<readonly object[]>,
  always: object,
): Promise<readonly object[]> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const key = 'app.error.not_json';
    const problem = new ConfigurationError({ key }, { cause: error });
    return [{ error: { key, message: describeError(problem, language) }, ...always }];
  }
  return answer(value);
}

function hasError(result: object): result is WithError {
  return 'error' in result;
}
