import type { CodecFunction, Dialect } from './sandbox-protocol.ts';

/** TS013 (LoRaWAN Payload Codec API) shapes, shared by sandboxed and built-in codecs. */
export interface UplinkInput {
  /** Absent if nobody stated one. */
  fPort?: number;
  /** FRMPayload, decrypted. */
  bytes: Uint8Array;
  /** Arrival of the uplink. */
  recvTime: Date;
  /** For codecs that put the device's name into their output. */
  device?: { name: string; devEui?: string };
}

export interface CodecOutput {
  data?: unknown;
  warnings?: string[];
  errors?: string[];
}

export interface DownlinkOutput {
  fPort?: number;
  bytes?: number[];
  warnings?: string[];
  errors?: string[];
}

/** What a codec is and can do, for people. */
export interface CodecDescription {
  /** `builtIn`, or the form of its script (that of the function that decodes uplinks); absent if it has none known. */
  dialect?: Dialect | 'builtIn';
  functions: CodecFunction[];
}

/** Formats of payloads that name their values themselves. */
export type SelfDescribing = 'json' | 'cbor' | 'senml' | 'lwm2m';

/** A payload codec. All methods throw CodecError if the codec itself fails; `errors` are the codec's own findings. */
export interface Codec {
  /** Built-in model id, or file name. */
  id: string;
  /** Content hash (first 12 hex digits of SHA-256). */
  version: string;
  /** What its payloads are, where they name their values themselves. */
  reads?: SelfDescribing;
  decodeUplink(input: UplinkInput): Promise<CodecOutput> | CodecOutput;
  /** `fPort`: for codecs that are told the port instead of choosing it. */
  encodeDownlink(data: unknown, fPort?: number): Promise<DownlinkOutput> | DownlinkOutput;
  decodeDownlink(input: { fPort?: number; bytes: Uint8Array }): Promise<CodecOutput> | CodecOutput;
  /** Data of `decodeUplink` in TS013's vocabulary, for codecs that offer it. */
  normalizeUplink(data: unknown): Promise<CodecOutput> | CodecOutput;
  describe(): Promise<CodecDescription> | CodecDescription;
}
