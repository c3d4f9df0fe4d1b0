import type { ResourceValue } from '../lwm2m.ts';
import type { Operation } from './command.ts';

/** What became of a device's registration, or of what it was asked to report. */
export interface DeviceEvent {
  kind: 'event';
  network: 'lwm2m';
  type:
    | 'registered'
    | 'updated'
    | 'deregistered'
    | 'expired'
    | 'observing'
    | 'not-observing'
    | 'attributes-refused';
  /** Id in the device list, if it is in it. */
  deviceId?: string;
  endpoint: string;
  /** ISO 8601 UTC. */
  time: string;
  /** Objects that the device has, of a registration. */
  objects?: string[];
  /** Of an observation: what, and the device's word for why not. */
  path?: string;
  code?: string;
}

/**
 * waiting: until the device listens; sent: on its way; done and failed: the device's answer; no-answer: nobody knows
 * whether it arrived; expired: the device did not speak in time.
 */
export type CommandState = 'waiting' | 'sent' | 'done' | 'failed' | 'no-answer' | 'expired';

/** What became of a command. */
export interface CommandReport {
  kind: 'answer';
  reference: string;
  device: string;
  endpoint: string;
  operation: Operation;
  path: string;
  state: CommandState;
  /** ISO 8601 UTC. */
  time: string;
  /** The device's answer: `2.04`, `4.05` ... */
  code?: string;
  /** Of a read: values by their paths. */
  values?: Record<string, ResourceValue>;
  /** Of a discover: paths and attributes that the device has. */
  links?: Record<string, Record<string, string>>;
  /** A sentence, if it failed. */
  description?: string;
}
