/**
 * Session and root keys that a network server put into a message, as some do with a join or with payloads that they leave
 * encrypted: `AppSKey`, `nwk_s_key`, `FNwkSIntKey`, `app_s_key: { key, encrypted_key }` ... Byflyt takes keys from the
 * device list alone. Repetitions have bounds, so that no message takes long.
 */
const NAME = String.raw`[\w-]{0,30}(?:app|nwk|aes|js|mc|encrypted)[\w-]{0,30}key`;

const MASK = '***';

/** Name and text; also of JSON that stands as a text in JSON, with its quotation marks escaped. No key has one in it. */
const JSON_TEXT = new RegExp(
  String.raw`(\\{0,9})"(${NAME})\1"(\s{0,9}:\s{0,9})\1"[^"]{0,500}?(?<!\\)\1"`,
  'gi',
);
/** Name and object, whose texts are all parts of the key. */
const JSON_OBJECT = new RegExp(String.raw`(\\{0,9})"${NAME}\1"\s{0,9}:\s{0,9}\{[^{}]{0,2000}\}`, 'gi');
const OBJECT_TEXT = /(:\s{0,9})(\\{0,9})"[^"]*?(?<!\\)\2"/g;
const XML_TEXT = new RegExp(String.raw`<((?:\w{1,30}:)?${NAME})(\s[^<>]{0,500})?>[^<]{0,500}<`, 'gi');
/** ThingPark tells the key of a session in the first variable of a join. */
const JOIN = /"Type"\s{0,9}:\s{0,9}"join"|<Type>\s{0,9}join\s{0,9}</i;
const VARIABLE = /("Var1"\s{0,9}:\s{0,9})"[^"]{0,500}"|(<Var1>)[^<]{0,500}/g;

/** What every message with a key in it has: half a microsecond for the others. */
const SIGN = /[kK][eE][yY](?:\\{0,9}"|[>\s])|Var1/;

/**
 * A text that is an object or a list of objects in Base64, as platforms wrap what their devices or another server said.
 * PHP escapes its slashes. A fifth of a microsecond for messages without.
 */
const WRAPPED = /"((?:ey[AIJ]|ew[0ko]|W3s)[\w+/\\-]{20,}(?<!\\)={0,2})(?=\\{0,9}")/g;

/**
 * The message with keys replaced by `***`; the same bytes if there are none. JSON stays JSON, XML stays XML, and Base64
 * stays Base64.
 */
export function maskKeys(body: Buffer): Buffer {
  // One character per byte, so that what is no key keeps its bytes.
  const text = body.toString('latin1');
  const masked = maskedText(text.replace(WRAPPED, maskedBase64));
  return masked === text ? body : Buffer.from(masked, 'latin1');
}

function maskedBase64(found: string, text: string): string {
  const wrapped = Buffer.from(text.replaceAll('\\', ''), 'base64');
  const masked = maskKeys(wrapped);
  return masked === wrapped ? found : `"${masked.toString(/[-_]/.test(text) ? 'base64url' : 'base64')}`;
}

function maskedText(text: string): string {
  if (!SIGN.test(text)) return text;
  const masked = text
    .replace(JSON_TEXT, (_, slashes: string, name: string, colon: string) => {
      const quote = `${slashes}"`;
      return `${quote}${name}${quote}${colon}${quote}${MASK}${quote}`;
    })
    .replace(JSON_OBJECT, (object) => object.replace(OBJECT_TEXT, `$1$2"${MASK}$2"`))
    .replace(XML_TEXT, `<$1$2>${MASK}<`);
  return JOIN.test(masked) ? masked.replace(VARIABLE, maskedVariable) : masked;
}

function maskedVariable(_: string, json: string | undefined, xml: string | undefined): string {
  return json === undefined ? `${xml}${MASK}` : `${json}"${MASK}"`;
}
