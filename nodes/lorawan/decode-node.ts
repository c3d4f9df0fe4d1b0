import type { DecoderOptions, LorawanDecoder } from './decoder.ts';

/** What a running decode node offers to those who decode its messages once more. */
export interface DecodeNode {
  /** A decoder that reads messages as the node does, with a device list and a memory of its own. */
  decoderFor(own: Pick<DecoderOptions, 'registry' | 'state'>): LorawanDecoder;
}
