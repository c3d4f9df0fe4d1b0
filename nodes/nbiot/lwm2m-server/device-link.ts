import type { Source } from '../envelope.ts';

/** A request of the server to a device. */
export interface DeviceRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** `/3303/0/5700`. */
  path: string;
  query?: readonly string[];
  accept?: number;
  contentFormat?: number;
  /** 0 begins an observation, 1 ends it; both go with the observation's token. */
  observe?: 0 | 1;
  token?: Buffer;
  payload?: Buffer;
}

/** What a device answers; `code` as people write it: `2.05`. */
export interface DeviceReply {
  code: string;
  contentFormat?: number;
  /** There if the device observes, and from now on sends notifications. */
  observe?: number;
  payload: Buffer;
}

/** The way to devices: confirmable, sent again until there is an answer, block by block where it is long. */
export interface DeviceLink {
  /** Rejects with ConnectionError `nbiot.error.coapNoAnswer` after the last attempt, and if the device resets the request. */
  ask(source: Source, request: DeviceRequest): Promise<DeviceReply>;
}
