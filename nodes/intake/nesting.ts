/** Levels of objects and lists that a message may have; network servers use eight. */
const DEEPEST = 64;

const [QUOTE, BACKSLASH, BRACE, BRACKET, CLOSING_BRACE, CLOSING_BRACKET] = Buffer.from('"\\{[}]');

/** Whether a JSON text has more levels than any real message: nodes copy messages level by level, on the stack. */
export function isDeeplyNested(json: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}
