/** Levels of objects and lists that a message may have; network servers use eight. */
const DEEPEST = 64;

/** Whether a JSON text has more levels than any real message: nodes copy messages level by level, on the stack. */
export function isDeeplyNested(json: string): boolean {
  // Hardly any message has as many objects and lists, and to count them takes a tenth of the time.
  return countOf('{', json) + countOf('[', json) > DEEPEST && depthOf(json) > DEEPEST;
}

/** How often a character is in a text, within texts of the JSON too. */
function countOf(character: string, json: string): number {
  let count = 0;
  for (let at = json.indexOf(character); at >= 0; at = json.indexOf(character, at + 1)) count++;
  return count;
}

function depthOf(json: string): number {
  let [depth, deepest] = [0, 0];
  let inText = false;
  for (let index = 0; index < json.length; index++) {
    const character = json[index];
    if (inText) {
      if (character === '\\') index++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === '{' || character === '[') {
      depth++;
      deepest = Math.max(deepest, depth);
    } else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}
