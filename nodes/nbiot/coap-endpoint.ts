import { Downloads, type Piece, tooLarge, Uploads } from './coap-blocks.ts';
import {
  CoapClient,
  type CoapResponse,
  type Observed,
  type OnUnasked,
  type OutgoingRequest,
} from './coap-client.ts';
import { CoapExchanges, type Exchange } from './coap-exchanges.ts';
import {
  CODE,
  type CoapMessage,
  type CoapOption,
  coapHeader,
  codeClass,
  emptyMessage,
  NO_BYTES,
  readCoap,
  writeCoap,
} from './coap-message.ts';
import {
  blockOption,
  type CoapOptions,
  CoapRefusal,
  OPTION,
  pathOptions,
  readCoapOptions,
  uintOption,
} from './coap-options.ts';
import { CoapSender } from './coap-sender.ts';
import type { Source } from './envelope.ts';

export interface CoapRequest extends CoapOptions {
  source: Source;
  /** Code of the method: `CODE.post` ... */
  method: number;
  /** Of the observation, if it begins or ends one. */
  token: Buffer;
  confirmable: boolean;
  /** All of it, also of one that came in blocks. */
  payload: Buffer;
}

export interface CoapAnswer {
  code: number;
  payload?: Buffer;
  contentFormat?: number;
  /** Path of what was made, for 2.01. */
  locationPath?: string;
  /** Seconds; with 5.03 the time after which to try again. */
  maxAge?: number;
  /** Number of a notification, or of the answer that begins an observation. */
  observe?: number;
}

export interface CoapEndpointOptions {
  send(bytes: Buffer, to: Source): void;
  /** Answers a request; undefined if it was not taken, so that it is a new one when it is sent again. */
  handle(request: CoapRequest): Promise<CoapAnswer | undefined>;
  /** Bytes of a body. */
  longest?: number;
  /** Whether a sender is one of ours. All others share a memory of their own, and can't drive out anything of those. */
  isKnown?(address: string): boolean;
  /** Block-wise uploads at once. */
  uploads?: number;
  /** Exchanges that are remembered. */
  exchanges?: number;
  /** ms until a confirmable request is acknowledged before its answer. */
  separateAfter?: number;
  /** ms until a confirmable message of ours is repeated. */
  ackTimeout?: number;
  /** See CoapClient. */
  onUnasked?: OnUnasked;
}

const LONGEST = 64 * 1024;
/** Less than the two seconds after which devices repeat their message. */
const SEPARATE_AFTER = 1000;
/** For a request that was acknowledged and then not taken after all; seconds. */
const TRY_AGAIN: CoapAnswer = { code: CODE.unavailable, maxAge: 60 };
/** 2.xx, 4.xx and 5.xx. */
const RESPONSE_CLASSES: ReadonlySet<number> = new Set([2, 4, 5]);

/** A request that is to be answered. */
interface Asked {
  message: CoapMessage;
  source: Source;
  exchange: Exchange;
}

/** An answer with what it says of the request's options and of its own pieces. */
interface Answered extends Piece<CoapAnswer> {
  options?: CoapOptions;
}

/** What is remembered of senders for a while. */
interface Memory {
  exchanges: CoapExchanges;
  uploads: Uploads;
  downloads: Downloads<CoapAnswer>;
}

/** One side of CoAP at a port: answers requests once, asks devices, and observes their resources. Never throws. */
export class CoapEndpoint {
  readonly #options: CoapEndpointOptions;
  readonly #sender: CoapSender;
  readonly #client: CoapClient;
  readonly #known: Memory;
  readonly #others: Memory;
  readonly #longest: number;

  constructor(options: CoapEndpointOptions) {
    const { send, longest = LONGEST, ackTimeout, onUnasked } = options;
    this.#options = options;
    this.#longest = longest;
    this.#sender = new CoapSender({ send, ...(ackTimeout === undefined ? {} : { ackTimeout }) });
    this.#client = new CoapClient({ sender: this.#sender, longest, onUnasked });
    this.#known = memoryOf(options, longest);
    this.#others = memoryOf(options, longest);
  }

  /** See CoapClient. */
  request(to: Source, request: OutgoingRequest): Promise<CoapResponse> {
    return this.#client.request(to, request);
  }

  /** See CoapClient. */
  observe(
    to: Source,
    request: Omit<OutgoingRequest, 'code'>,
    onNotification: (response: CoapResponse) => Promise<void>,
  ): Promise<Observed> {
    return this.#client.observe(to, request, onNotification);
  }

  /** Tells somebody who observes a resource of ours. Resolves with false if nobody there wants to know any more. */
  async notify(to: Source, token: Buffer, answer: CoapAnswer): Promise<boolean> {
    const bytes = writeCoap({
      ...{ type: 'CON', messageId: this.#sender.messageId(), token, code: answer.code },
      options: answerOptions({ answer }, this.#longest),
      payload: answer.payload ?? NO_BYTES,
    });
    return (await this.#sender.confirmable(bytes, to)) === 'acknowledged';
  }

  close(): void {
    this.#sender.close();
    this.#client.close();
  }

  /** Takes a datagram. What is no message of CoAP is passed over, or reset if its sender waits for an answer. */
  receive(bytes: Buffer, source: Source): void {
    let message: CoapMessage;
    try {
      message = readCoap(bytes);
    } catch {
      const header = coapHeader(bytes);
      if (header?.type === 'CON') this.#reset(header.messageId, source);
      return;
    }
    const { type, code, messageId } = message;
    if (type === 'RST') this.#sender.settle(messageId, source, 'reset');
    else if (code === CODE.empty) this.#empty(message, source);
    else if (codeClass(code) === 0) this.#request(message, bytes, source);
    else if (RESPONSE_CLASSES.has(codeClass(code))) this.#response(message, bytes, source);
    else if (type === 'CON') this.#reset(messageId, source);
  }

  /** An acknowledgement, or a ping, which a reset answers: RFC 7252, 4.3. */
  #empty({ type, messageId }: CoapMessage, source: Source): void {
    if (type === 'ACK') this.#sender.settle(messageId, source, 'acknowledged');
    else if (type === 'CON') this.#reset(messageId, source);
  }

  #response(message: CoapMessage, bytes: Buffer, source: Source): void {
    const { type, messageId } = message;
    if (type === 'ACK') {
      // The answer first: the acknowledgement alone would mean that it comes later.
      void this.#client.take(message, source).catch(() => undefined);
      this.#sender.settle(messageId, source, 'acknowledged');
      return;
    }
    const exchange = this.#newExchange(message, bytes, source);
    if (!exchange) return;
    this.#client.take(message, source).then(
      (taken) => {
        // A notification that nobody wants any more is reset also if it is not confirmable: RFC 7641, 3.6.
        if (type === 'NON' && taken === 'acknowledge') return;
        this.#finish(exchange, emptyMessage(taken === 'reset' ? 'RST' : 'ACK', messageId), source);
      },
      (error: unknown) => {
        // What can't be understood is rejected (RFC 7252, 5.4.1); what could not be kept is to come again.
        if (error instanceof CoapRefusal) this.#finish(exchange, emptyMessage('RST', messageId), source);
        else this.#forget(message, source);
      },
    );
  }

  #request(message: CoapMessage, bytes: Buffer, source: Source): void {
    // Requests are never acknowledgements: RFC 7252, 4.2 and 4.3.
    if (message.type === 'ACK') return;
    const exchange = this.#newExchange(message, bytes, source);
    if (!exchange) return;
    const asked = { message, source, exchange };
    const { separateAfter = SEPARATE_AFTER } = this.#options;
    let isAcknowledged = false;
    const timer = setTimeout(() => {
      isAcknowledged = message.type === 'CON';
      if (isAcknowledged) this.#acknowledge(asked);
    }, separateAfter).unref();
    this.#answerTo(message, source)
      .catch((error: unknown): Answered => ({ answer: answerOf(error) }))
      .then((answered) => {
        clearTimeout(timer);
        if (answered) this.#send(asked, answered, isAcknowledged);
        // Who got an acknowledgement does not send again by itself.
        else if (isAcknowledged) this.#send(asked, { answer: TRY_AGAIN }, isAcknowledged);
        else this.#forget(message, source);
      });
  }

  /** Rejects with CoapRefusal. */
  async #answerTo(message: CoapMessage, source: Source): Promise<Answered | undefined> {
    const options = readCoapOptions(message.options);
    const key = `${source.address} ${source.port} ${message.code} ${options.path} ${options.query.join('&')}`;
    const { uploads, downloads } = this.#memory(source);
    if (options.block2 && options.block2.number > 0) {
      return { ...downloads.next(key, options.block2), options };
    }
    const payload = this.#bodyOf(key, message, options, uploads);
    if (!payload) return { answer: { code: CODE.continue }, options };
    const { type, code: method, token } = message;
    const request = { ...options, source, method, token, confirmable: type === 'CON', payload };
    const answer = await this.#options.handle(request);
    return answer && { ...downloads.first(key, answer, options.block2), options };
  }

  /** The whole body, or undefined as long as blocks are missing. */
  #bodyOf(
    key: string,
    { payload }: CoapMessage,
    { block1, size1 }: CoapOptions,
    uploads: Uploads,
  ): Buffer | undefined {
    if (block1) return uploads.add(key, block1, payload, size1);
    if (payload.length > this.#longest) throw tooLarge(this.#longest);
    return payload;
  }

  #send(asked: Asked, answered: Answered, isAcknowledged: boolean): void {
    const { message, source, exchange } = asked;
    const { answer, options } = answered;
    const isPiggybacked = message.type === 'CON' && !isAcknowledged;
    if (isUnwanted(answer.code, options?.noResponse)) {
      if (isPiggybacked) this.#acknowledge(asked);
      return;
    }
    const bytes = writeCoap({
      type: isPiggybacked ? 'ACK' : message.type,
      code: answer.code,
      messageId: isPiggybacked ? message.messageId : this.#sender.messageId(),
      token: message.token,
      options: answerOptions(answered, this.#longest),
      payload: answer.payload ?? NO_BYTES,
    });
    if (isAcknowledged) void this.#sender.confirmable(bytes, source);
    else this.#finish(exchange, bytes, source);
  }

  #acknowledge({ message, source, exchange }: Asked): void {
    this.#finish(exchange, emptyMessage('ACK', message.messageId), source);
  }

  #finish(exchange: Exchange, bytes: Buffer, source: Source): void {
    exchange.answer = bytes;
    this.#options.send(bytes, source);
  }

  /** Undefined for a duplicate; that gets the same answer, once there is one. */
  #newExchange(message: CoapMessage, bytes: Buffer, source: Source): Exchange | undefined {
    // Its sender may have become known by the message that it repeats.
    const memories = [this.#known, this.#others];
    const before = memories.map(({ exchanges }) => exchanges.find(message, bytes, source)).find(Boolean);
    if (!before) return this.#memory(source).exchanges.begin(message, bytes, source);
    if (before.answer) this.#options.send(before.answer, source);
    return undefined;
  }

  /** The message was not taken. */
  #forget(message: CoapMessage, source: Source): void {
    for (const { exchanges } of [this.#known, this.#others]) exchanges.forget(message, source);
  }

  #memory({ address }: Source): Memory {
    return (this.#options.isKnown?.(address) ?? true) ? this.#known : this.#others;
  }

  #reset(messageId: number, source: Source): void {
    this.#options.send(emptyMessage('RST', messageId), source);
  }
}

function memoryOf({ uploads, exchanges }: CoapEndpointOptions, longest: number): Memory {
  return {
    exchanges: new CoapExchanges(exchanges === undefined ? {} : { most: exchanges }),
    uploads: new Uploads({ longest, ...(uploads === undefined ? {} : { most: uploads }) }),
    downloads: new Downloads<CoapAnswer>(),
  };
}

/** Whether the sender said that it does not want such an answer: RFC 7967. */
function isUnwanted(code: number, noResponse = 0): boolean {
  return code !== CODE.continue && (noResponse & (1 << (codeClass(code) - 1))) !== 0;
}

function answerOptions({ answer, block, options }: Answered, longest: number): CoapOption[] {
  const { code, contentFormat, locationPath, maxAge, observe } = answer;
  const block1 = options?.block1 && { ...options.block1, more: code === CODE.continue };
  return [
    ...(observe === undefined ? [] : [uintOption(OPTION.observe, observe)]),
    ...(locationPath === undefined ? [] : pathOptions(OPTION.locationPath, locationPath)),
    ...(contentFormat === undefined ? [] : [uintOption(OPTION.contentFormat, contentFormat)]),
    ...(maxAge === undefined ? [] : [uintOption(OPTION.maxAge, maxAge)]),
    ...(block ? [blockOption(OPTION.block2, block)] : []),
    ...(block1 ? [blockOption(OPTION.block1, block1)] : []),
    ...(code === CODE.requestTooLarge ? [uintOption(OPTION.size1, longest)] : []),
  ];
}

function answerOf(error: unknown): CoapAnswer {
  return { code: error instanceof CoapRefusal ? error.code : CODE.internalError };
}
