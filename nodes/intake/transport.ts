/** A raw message as a transport delivers it. */
export interface ReceivedMessage {
  /** MQTT topic, or webhook path. */
  topic: string;
  body: Buffer;
  contentType?: string;
}

/** How a transport fares. `connected`: messages can come in. */
export type TransportState = 'connecting' | 'connected' | 'disconnected';

/** What a transport tells its intake. */
export interface TransportEvents {
  /** Resolves when the message is on disk: only then may the transport acknowledge it. */
  onMessage(message: ReceivedMessage): Promise<void>;
  onState(state: TransportState): void;
  /** A ByflytError where one fits; never with a password in it. The transport goes on by itself. */
  onError(error: unknown): void;
  /** Somebody without the right to send was turned away. */
  onRefused?(): void;
}

/** A way for messages to come in: MQTT and webhook here; CoAP and UDP have the same shape. */
export interface Transport {
  start(): void;
  /** Resolves when nothing comes in any more. `forGood`: the sender need not keep messages for a next start. */
  stop(forGood?: boolean): Promise<void>;
}
