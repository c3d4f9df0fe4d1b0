/** Conversions between bytes and text that the parts of the sandbox share. */
export interface GuestText {
  utf8(bytes: ArrayLike<number>): string;
  utf8Bytes(text: string): number[];
  base64Bytes(text: string): number[];
}

/**
 * The text of this function runs in QuickJS, which has the language only: `atob`, `btoa`, `TextEncoder`, `TextDecoder`
 * (UTF-8, UTF-16LE and Latin-1) and `structuredClone` as browsers and Node.js have them (WHATWG Encoding, Infra).
 * It may use nothing from outside itself.
 */
export function guestBytes(global: Record<string, unknown>): GuestText {
  const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const { fromCharCode, fromCodePoint } = String;

  /** Lead byte from, to, number of further bytes, bits of the lead byte, bounds of the second byte. */
  const LEADS: readonly (readonly [number, number, number, number, number, number])[] = [
    [0xc2, 0xdf, 1, 0x1f, 0x80, 0xbf],
    [0xe0, 0xe0, 2, 0x0f, 0xa0, 0xbf],
    [0xe1, 0xec, 2, 0x0f, 0x80, 0xbf],
    [0xed, 0xed, 2, 0x0f, 0x80, 0x9f],
    [0xee, 0xef, 2, 0x0f, 0x80, 0xbf],
    [0xf0, 0xf0, 3, 0x07, 0x90, 0xbf],
    [0xf1, 0xf3, 3, 0x07, 0x80, 0xbf],
    [0xf4, 0xf4, 3, 0x07, 0x80, 0x8f],
  ];

  function utf8(bytes: ArrayLike<number>): string {
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      const lead = bytes[at++] ?? 0;
      if (lead < 0x80) {
        text += fromCharCode(lead);
        continue;
      }
      const kind = LEADS.find(([from, to]) => lead >= from && lead <= to);
      let [, , missing, mask, low, high] = kind ?? [0, 0, 0, 0, 0, 0];
      let code = lead & mask;
      for (; missing > 0; missing--) {
        const byte = bytes[at] ?? 0;
        if (byte < low || byte > high) break;
        code = (code << 6) | (byte & 0x3f);
        [low, high] = [0x80, 0xbf];
        at++;
      }
      text += kind && missing === 0 ? fromCodePoint(code) : '\ufffd';
    }
    return text;
  }

  function utf8Bytes(text: string): number[] {
    const bytes: number[] = [];
    for (const character of text) {
      let code = character.codePointAt(0) ?? 0;
      if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else {
        const [top, second, third] = [code >> 18, (code >> 12) & 63, (code >> 6) & 63];
        bytes.push(0xf0 | top, 0x80 | second, 0x80 | third, 0x80 | (code & 63));
      }
    }
    return bytes;
  }

  /** Of both alphabets; what is no digit is left out, as Buffer does. */
  function base64Bytes(text: string): number[] {
    const bytes: number[] = [];
    let bits = 0;
    let held = 0;
    for (const character of text.replace(/=.*$/s, '').replace(/-/g, '+').replace(/_/g, '/')) {
      const digit = DIGITS.indexOf(character);
      if (digit < 0) continue;
      bits = ((bits << 6) | digit) & 0xffffff;
      held += 6;
      if (held >= 8) {
        held -= 8;
        bytes.push((bits >> held) & 0xff);
      }
    }
    return bytes;
  }

  global.btoa = (value: unknown) => {
    const binary = String(value);
    let text = '';
    for (let at = 0; at < binary.length; at += 3) {
      const [one, two, three] = [binary.charCodeAt(at), binary.charCodeAt(at + 1), binary.charCodeAt(at + 2)];
      if (one > 255 || two > 255 || three > 255) throw new Error('btoa: not Latin-1');
      const bits = (one << 16) | ((two || 0) << 8) | (three || 0);
      const digits = [bits >> 18, (bits >> 12) & 63, (bits >> 6) & 63, bits & 63];
      const used = Math.min(4, binary.length - at + 1);
      text += digits.map((digit, place) => (place < used ? DIGITS[digit] : '=')).join('');
    }
    return text;
  };

  global.atob = (value: unknown) => {
    const text = String(value).replace(/[\t\n\f\r ]/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
      throw new Error('atob: not base64');
    }
    return base64Bytes(text)
      .map((byte) => fromCharCode(byte))
      .join('');
  };

  global.TextEncoder = class {
    readonly encoding = 'utf-8';
    encode(value: unknown = ''): Uint8Array {
      return Uint8Array.from(utf8Bytes(String(value)));
    }
  };

  global.TextDecoder = class {
    readonly encoding: string;
    constructor(label = 'utf-8') {
      this.encoding = String(label).toLowerCase();
    }
    decode(value?: ArrayBuffer | ArrayBufferView): string {
      if (value === undefined) return '';
      const bytes =
        value instanceof ArrayBuffer
          ? new Uint8Array(value)
          : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      if (/^utf-?16/.test(this.encoding)) {
        let text = '';
        for (let at = 0; at + 1 < bytes.length; at += 2) {
          text += fromCharCode((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
        }
        return text;
      }
      if (/^(ascii|us-ascii|latin1|iso-8859-1|windows-1252)$/.test(this.encoding)) {
        return Array.from(bytes, (byte) => fromCharCode(byte)).join('');
      }
      return utf8(bytes).replace(/^\ufeff/, '');
    }
  };

  function clone(value: unknown, known: Map<unknown, unknown>): unknown {
    if (value === null || typeof value !== 'object') return value;
    if (known.has(value)) return known.get(value);
    if (value instanceof Date) return new Date(value.getTime());
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return (value as Uint8Array).slice(0);
    }
    const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
    known.set(value, copy);
    for (const [key, part] of Object.entries(value)) {
      (copy as Record<string, unknown>)[key] = clone(part, known);
    }
    return copy;
  }
  global.structuredClone = (value: unknown) => clone(value, new Map());

  return { utf8, utf8Bytes, base64Bytes };
}
