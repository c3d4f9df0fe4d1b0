import { randomBytes } from 'node:crypto';
import { ConnectionError } from '../observation/errors.ts';
import { CODE, type CoapMessage, type CoapOption, codeClass, NO_BYTES, writeCoap } from './coap-message.ts';
import {
  blockOption,
  type CoapOptions,
  OPTION,
  pathOptions,
  readCoapOptions,
  textOptions,
  uintOption,
} from './coap-options.ts';
import { type CoapSender, noAnswer } from './coap-sender.ts';
import type { Source } from './envelope.ts';
import { isNewer, type Notified } from './notification-order.ts';

export interface OutgoingRequest {
  /** Code of the method, such as `CODE.get`. */
  code: number;
  path: string;
  query?: readonly string[];
  contentFormat?: number;
  accept?: number;
  /** 0 begins an observation, 1 ends it, for those who know observations by tokens of their own. */
  observe?: 0 | 1;
  /** 1 to 8 bytes; one by lot if absent. */
  token?: Buffer;
  payload?: Buffer;
}

export interface CoapResponse {
  code: number;
  options: CoapOptions;
  /** All of it, also of one that came in blocks. */
  payload: Buffer;
}

/** A resource that a device tells us of. */
export interface Observed {
  /** The first answer; without `options.observe` the device does not observe the resource for us. */
  response: CoapResponse;
  /** Later notifications are refused with a reset, which ends them. */
  forget(): void;
}

interface Options {
  sender: CoapSender;
  /** Bytes of an answer in blocks. */
  longest?: number;
  /** ms from the acknowledgement to an answer that comes apart from it. */
  patience?: number;
  /** Takes notifications of observations that were begun with a token of their own. */
  onUnasked?: OnUnasked | undefined;
}

/** Resolves with how a notification is answered if it is confirmable; rejects if it could not be kept. */
export type OnUnasked = (response: CoapResponse, token: Buffer, from: Source) => Promise<Taken>;

/** Resolves when the notification is on disk; only then it is acknowledged. */
type OnNotification = (response: CoapResponse) => Promise<void>;

interface Waiting {
  to: Source;
  request: OutgoingRequest;
  answer?: (message: CoapMessage) => void;
  onNotification?: OnNotification;
  notified?: Notified;
}

/** What became of a response that came by itself. */
export type Taken = 'acknowledge' | 'reset';

const LONGEST = 64 * 1024;
const PATIENCE = 60_000;
const TOKEN_BYTES = 4;

/** Asks devices: requests of ours, their answers, and notifications of observed resources (RFC 7252, 5; RFC 7641). */
export class CoapClient {
  readonly #options: Options;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Rejects with ConnectionError `nbiot.error.coapNoAnswer`; with MessageError if the answer cannot be read. */
  async request(to: Source, request: OutgoingRequest): Promise<CoapResponse> {
    const token = request.token ?? this.#newToken();
    try {
      return await this.#exchange(token, { to, request }, optionsOf(request));
    } finally {
      this.#forget(token, to);
    }
  }

  /**
   * GET with Observe. `onNotification` gets each later notification in order; one that a newer one has overtaken is
   * acknowledged and left out, as RFC 7641, 3.4 says. Rejects as `request`; with a token of the caller's own,
   * notifications are taken after that, too.
   */
  async observe(
    to: Source,
    request: Omit<OutgoingRequest, 'code'>,
    onNotification: OnNotification,
  ): Promise<Observed> {
    const token = request.token ?? this.#newToken();
    const waiting: Waiting = { to, request: { ...request, code: CODE.get }, onNotification };
    try {
      const options = [...optionsOf(waiting.request), uintOption(OPTION.observe, 0)];
      const response = await this.#exchange(token, waiting, options);
      if (response.options.observe === undefined) this.#forget(token, to);
      return { response, forget: () => this.#forget(token, to) };
    } catch (error) {
      // A device that sleeps gives no answer, and may tell all the same: its answer was lost, or an earlier request holds.
      if (request.token && error instanceof ConnectionError) delete waiting.answer;
      else this.#forget(token, to);
      throw error;
    }
  }

  /** Takes a response. Resolves with how it is answered if it is confirmable. Rejects if it could not be kept. */
  async take(message: CoapMessage, from: Source): Promise<Taken> {
    const waiting = this.#waiting.get(keyOf(message.token, from));
    if (!waiting) return this.#unasked(message, from);
    if (waiting.answer) waiting.answer(message);
    else await this.#notified(waiting, message);
    return 'acknowledge';
  }

  async #unasked({ code, token, options, payload }: CoapMessage, from: Source): Promise<Taken> {
    const { onUnasked } = this.#options;
    return onUnasked ? onUnasked({ code, options: readCoapOptions(options), payload }, token, from) : 'reset';
  }

  /** Nobody answers any more. */
  close(): void {
    this.#waiting.clear();
  }

  async #exchange(token: Buffer, waiting: Waiting, options: CoapOption[]): Promise<CoapResponse> {
    const message = await this.#send(token, waiting, options);
    const first = readCoapOptions(message.options);
    const { observe } = first;
    if (waiting.onNotification && observe !== undefined) {
      waiting.notified = { sequence: observe, time: performance.now() };
    }
    return this.#whole(waiting, message, first);
  }

  /** Sends one datagram's request, and resolves with its answer. */
  async #send(token: Buffer, waiting: Waiting, options: CoapOption[]): Promise<CoapMessage> {
    const { to, request } = waiting;
    const { sender, patience = PATIENCE } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<CoapMessage>();
    let timer: NodeJS.Timeout | undefined;
    const messageId = sender.messageId();
    waiting.answer = (message) => {
      clearTimeout(timer);
      delete waiting.answer;
      resolve(message);
      // The acknowledgement may be lost; the answer shows that the request is there: RFC 7252, 5.2.2.
      sender.settle(messageId, to, 'acknowledged');
    };
    this.#waiting.set(keyOf(token, to), waiting);
    const { code, payload = NO_BYTES } = request;
    const bytes = writeCoap({ type: 'CON', code, messageId, token, options, payload });
    const outcome = await sender.confirmable(bytes, to);
    if (!waiting.answer) return promise;
    if (outcome !== 'acknowledged') throw noAnswer(to);
    // Only the acknowledgement is here: the answer comes apart from it.
    timer = setTimeout(() => reject(noAnswer(to)), patience).unref();
    return promise;
  }

  /** The answer with all its blocks: the later ones are asked for one by one. */
  async #whole(waiting: Waiting, message: CoapMessage, options: CoapOptions): Promise<CoapResponse> {
    const pieces = [message.payload];
    let block = options.block2;
    let length = message.payload.length;
    while (block?.more) {
      const next = { number: block.number + 1, more: false, size: block.size };
      const piece = await this.#piece(waiting, blockOption(OPTION.block2, next));
      length += piece.payload.length;
      block = readCoapOptions(piece.options).block2;
      if (codeClass(piece.code) !== 2 || block?.number !== next.number || length > this.#longest) {
        throw noAnswer(waiting.to);
      }
      pieces.push(piece.payload);
    }
    return { code: message.code, options, payload: Buffer.concat(pieces) };
  }

  async #piece({ to, request: whole }: Waiting, block: CoapOption): Promise<CoapMessage> {
    const token = this.#newToken();
    // A later block with Observe would begin another observation: RFC 7959, 3.4.
    const { observe: _observe, ...request } = whole;
    try {
      return await this.#send(token, { to, request }, [...optionsOf(request), block]);
    } finally {
      this.#forget(token, to);
    }
  }

  async #notified(waiting: Waiting, message: CoapMessage): Promise<void> {
    const options = readCoapOptions(message.options);
    const { notified: before } = waiting;
    if (options.observe !== undefined) {
      const notified = { sequence: options.observe, time: performance.now() };
      if (before && !isNewer(notified, before)) return;
      waiting.notified = notified;
    }
    try {
      await waiting.onNotification?.(await this.#whole(waiting, message, options));
    } catch (error) {
      // When it comes again it is to be taken.
      if (before) waiting.notified = before;
      throw error;
    }
  }

  get #longest(): number {
    return this.#options.longest ?? LONGEST;
  }

  #newToken(): Buffer {
    return randomBytes(TOKEN_BYTES);
  }

  #forget(token: Buffer, to: Source): void {
    this.#waiting.delete(keyOf(token, to));
  }
}

function optionsOf({ path, query = [], contentFormat, accept, observe }: OutgoingRequest): CoapOption[] {
  return [
    ...pathOptions(OPTION.uriPath, path),
    ...textOptions(OPTION.uriQuery, query),
    ...(contentFormat === undefined ? [] : [uintOption(OPTION.contentFormat, contentFormat)]),
    ...(accept === undefined ? [] : [uintOption(OPTION.accept, accept)]),
    ...(observe === undefined ? [] : [uintOption(OPTION.observe, observe)]),
  ];
}

function keyOf(token: Buffer, { address, port }: Source): string {
  return `${address} ${port} ${token.toString('latin1')}`;
}
