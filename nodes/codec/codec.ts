/** TS013 (LoRaWAN Payload Codec API) shapes, shared by sandboxed and built-in codecs. */
export interface UplinkInput {
  fPort: number;
  /** FRMPayload, decrypted. */
  bytes: Uint8Array;
  /** Arrival of the uplink. */
  recvTime: Date;
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

/** A payload codec. All methods throw CodecError if the codec itself fails; `errors` are the codec's own findings. */
export interface Codec {
  /** Built-in model id, or file name. */
  id: string;
  /** Content hash (first 12 hex digits of SHA-256). */
  version: string;
  decodeUplink(input: UplinkInput): Promise<CodecOutput> | CodecOutput;
  encodeDownlink(data: unknown): Promise<DownlinkOutput> | DownlinkOutput;
  decodeDownlink(input: { fPort: number; bytes: Uint8Array }): Promise<CodecOutput> | CodecOutput;
}
