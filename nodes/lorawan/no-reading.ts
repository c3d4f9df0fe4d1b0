import type { DataFrame, Frame } from './frames.ts';
import { present } from './json-fields.ts';
import type { MacCommand } from './mac-commands.ts';
import type { NetworkEvent, Uplink } from './network-message.ts';

/**
 * FPort 0 carries MAC commands, and an uplink without payload only shows that the device lives. Some servers do not say
 * the port.
 */
export function isEmpty(uplink: { payload: Buffer; fPort?: number }): boolean {
  return uplink.payload.length === 0 || uplink.fPort === 0;
}

/** The event of an uplink without a reading in it. */
export function emptyEvent(
  uplink: Uplink,
  counters: { fPort?: number; fCnt?: number; macCommands?: MacCommand[] },
): NetworkEvent {
  const { network, devEui, deviceId, applicationId, devAddr, time } = uplink;
  const { rssi, snr, gatewayId, gatewayTime, receptions, distinctGateways } = uplink;
  return present<NetworkEvent>({
    kind: 'event',
    type: counters.fPort ? 'empty' : 'mac-only',
    ...{ rssi, snr, gatewayId, gatewayTime, receptions, distinctGateways },
    network,
    devEui,
    deviceId,
    applicationId,
    devAddr,
    time,
    fPort: counters.fPort,
    fCnt: counters.fCnt,
    macCommands: counters.macCommands,
  });
}

/** The event of an uplink that became a reading before; `distinctGateways`: all that have heard it by now. */
export function duplicateEvent(uplink: Uplink, facts: { distinctGateways: number }): NetworkEvent {
  return { ...emptyEvent(uplink, uplink), ...facts, type: 'duplicate' };
}

/** The event of an uplink that nobody here can decrypt. */
export function encryptedEvent(uplink: Uplink): NetworkEvent {
  return { ...emptyEvent(uplink, uplink), type: 'uplink-encrypted' };
}

/** Whether a device sent the frame and it may carry a payload. */
export function isDataUplink(frame: Frame): frame is DataFrame {
  return frame.mtype === 'UnconfirmedDataUp' || frame.mtype === 'ConfirmedDataUp';
}

const EVENT_OF_FRAME: Readonly<Record<Frame['mtype'], string>> = {
  JoinRequest: 'join-request',
  JoinAccept: 'join-accept',
  RejoinRequest: 'rejoin-request',
  Proprietary: 'proprietary',
  UnconfirmedDataDown: 'downlink',
  ConfirmedDataDown: 'downlink',
  UnconfirmedDataUp: 'uplink',
  ConfirmedDataUp: 'uplink',
};

/** The event of a raw frame that is no data uplink. */
export function frameEvent(uplink: Uplink, frame: Frame): NetworkEvent {
  return present<NetworkEvent>({
    kind: 'event',
    type: EVENT_OF_FRAME[frame.mtype],
    network: uplink.network,
    devEui: 'devEui' in frame ? frame.devEui : undefined,
    joinEui: 'joinEui' in frame ? frame.joinEui : undefined,
    devNonce: 'devNonce' in frame ? frame.devNonce : undefined,
    devAddr: 'devAddr' in frame ? frame.devAddr : undefined,
    time: uplink.time,
    gatewayId: uplink.gatewayId,
  });
}
