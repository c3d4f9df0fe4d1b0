/** Levels of objects and lists that a message may have; network servers use eight. */
const DEEPEST = 64;

const [QUOTE, BACKSLASH, BRACE, BRACKET, CLOSING_BRACE, CLOSING_BRACKET] = Buffer.from('"\\{[}]');

/** Whether a JSON text has more levels than any real message: nodes copy messages level by level, on the stack. */
export function isDeeplyNested(json: Buffer): boolean {
  let depth = 0;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (byte === QUOTE) index = endOfString(json, index);
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function endOfString(json: Buffer, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    if (!isEscaped(json, end)) return end;
  }
  return json.length;
}

/** An odd number of backslashes before it. */
function isEscaped(json: Buffer, index: number): boolean {
  let before = index - 1;
  while (json[before] === BACKSLASH) before--;
  return (index - 1 - before) % 2 === 1;
}
