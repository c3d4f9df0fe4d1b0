/** The records of the log: what each carries, and how it is written. */
import type { JournalResult, RawMessage } from '../journal.ts';
import { ByteReader, type ByteWriter } from './byte-writer.ts';
import type { Position } from './position.ts';

/** The type of a record, its first byte. A number is never given a second meaning. */
export const RECORD = {
  message: 1,
  verdict: 2,
  item: 3,
  ack: 4,
  /** Messages that an earlier run left in the flow, handed out once more. */
  attempts: 5,
  /** Messages that came to no end in the set time. */
  unaccounted: 6,
  /** Unaccounted messages that are handed out once more. */
  reopened: 7,
  /** Messages without a verdict that cannot be read any more. */
  gone: 8,
} as const;

/** Whose reading it is. '' where it is not known. */
export interface Account {
  area: string;
  device: string;
}

/** A raw message. */
export interface MessageRecord extends Omit<RawMessage, 'receivedTime'> {
  /** The journal id: where the record was written first. A segment that was made smaller has it somewhere else. */
  id: Position;
  /** ms since 1970 UTC. */
  received: number;
}

/** What became of a message that does not wait in an outbox, or no longer does. */
export interface VerdictRecord extends Account {
  id: Position;
  result: JournalResult;
  /** Arrival of the message, ms since 1970 UTC. */
  received: number;
  /** Its readings waited in an outbox before: all of them are done with now, or other parts still wait. */
  queued?: 'last' | 'part';
  reasonKey?: string;
  parameters?: Record<string, string | number>;
  /** Name of the device in the sentence. */
  deviceName?: string;
}

/**
 * What an item means for its message. extra: nothing (no message, or settled already); part: one of several;
 * whole and last: with it everything of the message is in outboxes, and the message is stored when this one is; last
 * comes after parts.
 */
export const STAKE = { extra: 0, part: 1, whole: 2, last: 3 } as const;
export type Stake = (typeof STAKE)[keyof typeof STAKE];

/** Something that waits in an outbox. */
export interface ItemRecord extends Account {
  outbox: string;
  /** 1 and up in each outbox. */
  sequence: number;
  /** The message it comes from; 0 for none. */
  journalId: Position;
  /** Arrival of that message, or of the item itself, ms since 1970 UTC. */
  received: number;
  stake: Stake;
  /** Codec and version that made it, `id@version`; '' for none. */
  codec: string;
  text: string;
}

/** Items that an outbox is done with. */
export interface AckRecord {
  outbox: string;
  /** All up to and including this sequence number. */
  upTo: number;
  /** Bytes of the items that wait still: what was there before need not be in the log any more. */
  left: number;
  /** Where the search for what still waits may begin. */
  from: Position;
  /** Messages that are stored with it: day, area, device, how many. */
  stored: [day: string, area: string, device: string, count: number][];
  /** Messages of several parts of which the last is done. */
  finished?: Position[];
}

/** Of the types attempts, unaccounted, reopened and gone. */
export interface IdsRecord {
  ids: Position[];
}

export function writeMessage(
  writer: ByteWriter,
  {
    id,
    received,
    transport,
    topic,
    contentType,
    body,
  }: Omit<MessageRecord, 'contentType'> & { contentType: string | undefined },
): void {
  writer.f64(id);
  writer.f64(received);
  writer.text(transport);
  writer.text(topic);
  writer.text(contentType ?? '');
  writer.bytes(body);
}

export function readMessage(buffer: Buffer): MessageRecord {
  const reader = new ByteReader(buffer);
  const [id, received] = [reader.f64(), reader.f64()];
  const [transport, topic, contentType] = [reader.text(), reader.text(), reader.text()];
  // A copy: the buffer may be part of a much larger one.
  const body = Buffer.from(reader.rest());
  return { id, received, transport, topic, body, ...(contentType !== '' && { contentType }) };
}

/** The journal id of a message record. */
export function messageId(buffer: Buffer): Position {
  return new ByteReader(buffer).f64();
}

/** Returns the bytes of the text. */
export function writeItem(writer: ByteWriter, item: ItemRecord): number {
  writer.text(item.outbox);
  writer.f64(item.sequence);
  writer.f64(item.journalId);
  writer.f64(item.received);
  writer.u8(item.stake);
  writer.text(item.area);
  writer.text(item.device);
  writer.text(item.codec);
  return writer.rest(item.text);
}

export function readItem(buffer: Buffer): ItemRecord {
  const reader = new ByteReader(buffer);
  return {
    outbox: reader.text(),
    sequence: reader.f64(),
    journalId: reader.f64(),
    received: reader.f64(),
    stake: reader.u8() as Stake,
    area: reader.text(),
    device: reader.text(),
    codec: reader.text(),
    text: reader.rest().toString(),
  };
}

/** The other records are rare or stand for many messages, so they are JSON. */
export function writeJson(writer: ByteWriter, record: VerdictRecord | AckRecord | IdsRecord): void {
  writer.rest(JSON.stringify(record));
}

export function readJson<T extends VerdictRecord | AckRecord | IdsRecord>(buffer: Buffer): T {
  return JSON.parse(buffer.toString()) as T;
}
