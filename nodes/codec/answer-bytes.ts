/** `{time}` or `{time-le}`: seconds since 1970 UTC in four bytes, the first or the last one first. */
const PART = /[0-9a-f]{2}|\{time(?:-le)?\}/gi;
const TEMPLATE = /^(?:[0-9a-f]{2}|\{time(?:-le)?\})*$/i;

/** Whether a text says bytes for a device: hexadecimal digits in pairs, `{time}`, `{time-le}`; spaces are passed over. */
export function isAnswerTemplate(text: unknown): text is string {
  return typeof text === 'string' && TEMPLATE.test(text.replace(/\s/g, ''));
}

/** The bytes that a template says at a time, ms since 1970. */
export function answerBytes(template: string, now: number): Buffer {
  const parts = template.replace(/\s/g, '').match(PART) ?? [];
  return Buffer.concat(
    parts.map((part) => (part.startsWith('{') ? seconds(part, now) : Buffer.from(part, 'hex'))),
  );
}

function seconds(part: string, now: number): Buffer {
  const bytes = Buffer.alloc(4);
  const time = Math.floor(now / 1000) >>> 0;
  if (part.toLowerCase() === '{time-le}') bytes.writeUInt32LE(time);
  else bytes.writeUInt32BE(time);
  return bytes;
}
