/** MQTT 3.1.1, section 4.7: `+` stands for one level, `#` for the rest. Shared subscriptions count for their filter. */
export function takes(filter: string, topic: string): boolean {
  const pattern = filter
    .trim()
    .replace(/^\$share\/[^/]+\//, '')
    .split('/');
  const levels = topic.split('/');
  const rest = pattern.at(-1) === '#';
  const fixed = rest ? pattern.slice(0, -1) : pattern;
  const fits = fixed.every(
    (part, index) => part === levels[index] || (part === '+' && index < levels.length),
  );
  return fits && (rest ? levels.length >= fixed.length : levels.length === fixed.length);
}
