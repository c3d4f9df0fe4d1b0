import { MessageError } from '../../observation/errors.ts';

/** One link of RFC 6690: `</3303/0>;ver=1.1` -> path `/3303/0`, attributes `{ ver: '1.1' }`; one without a value is ''. */
export interface Link {
  path: string;
  attributes: ReadonlyMap<string, string>;
}

/** Characters of a list of links; that of a large device with forty objects has a thousand. */
const LONGEST = 8192;
const TARGET = /\s*<([^<>]*)>/y;
const ATTRIBUTE = /\s*;\s*([A-Za-z0-9_.*-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s",;<>]*)))?/y;
const COMMA = /\s*,/y;
const END = /\s*$/y;

/** The links of a CoRE link format text (RFC 6690). Throws MessageError `nbiot.error.linkFormat`. */
export function readLinks(text: string): Link[] {
  if (text.length > LONGEST) throw wrong(text);
  const links: Link[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  if (next(END)) return links;
  do {
    const target = next(TARGET);
    if (!target) throw wrong(text.slice(at));
    const attributes = new Map<string, string>();
    for (let found = next(ATTRIBUTE); found; found = next(ATTRIBUTE)) {
      attributes.set(found[1] ?? '', found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '');
    }
    links.push({ path: target[1] ?? '', attributes });
  } while (next(COMMA));
  if (!next(END)) throw wrong(text.slice(at));
  return links;
}

function wrong(text: string): MessageError {
  return new MessageError({ key: 'nbiot.error.linkFormat', parameters: { text: text.slice(0, 60) } });
}
