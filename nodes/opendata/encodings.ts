import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { type Body, type Content, isWhole } from './response.ts';

/** Best first. */
const ENCODINGS = ['br', 'gzip'] as const;
type Encoding = (typeof ENCODINGS)[number];

/** Bytes from which on it pays. */
const WORTH_IT = 1000;
const COMPRESSIBLE = /^text\/|json|xml|javascript/;
/** A made answer is compressed once for many readers; what is streamed, while its reader waits. */
const QUALITY = { whole: 5, streamed: 3 };
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants;
/** 2 to the power of this are the bytes that are looked back at: memory, for each stream. */
const WINDOW = 18;

const WHOLE: Record<Encoding, (body: Uint8Array) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [BROTLI_PARAM_QUALITY]: QUALITY.whole } }),
  gzip: (body) => promisify(gzip)(body, { level: QUALITY.whole }),
};

const STREAMED: Record<Encoding, () => NodeJS.ReadWriteStream & AsyncIterable<Uint8Array>> = {
  br: () =>
    createBrotliCompress({
      params: { [BROTLI_PARAM_QUALITY]: QUALITY.streamed, [BROTLI_PARAM_LGWIN]: WINDOW },
    }) as never,
  gzip: () => createGzip({ level: QUALITY.streamed }) as never,
};

/** The compressed forms of answers that are kept. */
const kept = new WeakMap<Content, Map<Encoding, Promise<Buffer>>>();

/** Whether an answer may come compressed: it then depends on the reader's Accept-Encoding. */
export function isCompressible({ type, body }: Content): boolean {
  return COMPRESSIBLE.test(type) && (!isWhole(body) || body.length >= WORTH_IT);
}

/** The encoding of ours that an Accept-Encoding header (RFC 9110, 12.5.3) likes best; undefined: as it is. */
export function encodingFor(acceptEncoding = ''): Encoding | undefined {
  const accepted = new Map(
    acceptEncoding.split(',').map((entry) => {
      const [name = '', ...parameters] = entry
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, quality === undefined ? 1 : Number(quality) || 0];
    }),
  );
  const qualityOf = (encoding: Encoding) => accepted.get(encoding) ?? accepted.get('*') ?? 0;
  const [best] = ENCODINGS.filter((encoding) => qualityOf(encoding) > 0).sort(
    (a, b) => qualityOf(b) - qualityOf(a),
  );
  return best;
}

/** The body of an answer in an encoding; of one that is kept, made once. */
export async function encoded(content: Content, encoding: Encoding): Promise<Body> {
  const { body } = content;
  if (!isWhole(body)) return streamed(body, encoding);
  const forms = kept.get(content) ?? new Map<Encoding, Promise<Buffer>>();
  kept.set(content, forms);
  const form = forms.get(encoding) ?? WHOLE[encoding](Buffer.from(body as Uint8Array));
  forms.set(encoding, form);
  return form;
}

/** Ends the reading of the body when its own reader leaves. */
function streamed(body: AsyncIterable<string | Uint8Array>, encoding: Encoding): AsyncIterable<Uint8Array> {
  const compressor = STREAMED[encoding]();
  // One piece ahead, and no more: each is hundreds of kilobytes. Errors reach whoever reads the compressor.
  pipeline(Readable.from(body, { highWaterMark: 1 }), compressor, () => undefined);
  return compressor;
}
