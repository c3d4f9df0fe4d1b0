import type { Device } from '../devices/device.ts';
import { type Identity, identitiesOf, isImei } from '../devices/identity.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import { present } from '../lorawan/json-fields.ts';
import { MessageError } from '../observation/errors.ts';
import type { Datagram } from './envelope.ts';
import { identityIn } from './payload-identity.ts';
import type { NbiotMessage } from './platform-message.ts';

/** What a message says of who sent it: first the network's word, then the device's own. */
export type Sender = readonly Identity[];

/** Who sent a datagram, by its address, its endpoint name and its payload. */
export function senderOf({ source, endpoint, payload }: Datagram): Sender {
  return [{ address: source.address, ...namedIdentity(endpoint) }, identityIn(payload)];
}

/** Who sent what a platform delivers, by its modem, its SIM card, the platform's id of it and its payload. */
export function senderOnPlatform(message: NbiotMessage): Sender {
  const { imei, imsi, deviceId } = message;
  const named = namedIdentity(deviceId);
  const own = message.kind === 'uplink' && message.payload ? [identityIn(message.payload)] : [];
  return [present<Identity>({ ...named, imei: imei ?? named.imei, imsi }), ...own];
}

/**
 * The registered device behind a message; undefined if nothing that it says of itself is in the device list.
 * Throws MessageError `nbiot.error.twoDevices` if it could be either of two, and `otherAddress` for a device with an
 * address in the list whose datagram comes from elsewhere: anybody could have written its IMEI or name into it.
 */
export function findDevice(registry: Pick<DeviceRegistry, 'byIdentity'>, sender: Sender): Device | undefined {
  let found: Device | undefined;
  for (const [field, value] of sender.flatMap(identitiesOf)) {
    const device = registry.byIdentity(field, value);
    if (!device || device.id === found?.id) continue;
    if (found) throw problem('twoDevices', found, { other: device.name });
    found = device;
  }
  const address = sender.find((identity) => identity.address !== undefined)?.address;
  if (found?.address !== undefined && address !== undefined && found.address !== address) {
    throw problem('otherAddress', found, { address, registered: found.address });
  }
  return found;
}

/** LwM2M's names of devices by their modem: OMA LwM2M TS 1.1, section 7.3.1. Some are the number alone. */
const IMEI_IN_NAME = /^(?:(?:urn:)?imei(?:-imsi|-msisdn)?:)?(\d{15})(?:-\d+)?$/i;

/** The name itself, and the IMEI if it is one. */
export function namedIdentity(name: string | undefined): Identity {
  const number = name === undefined ? undefined : IMEI_IN_NAME.exec(name)?.[1];
  const imei = number !== undefined && isImei(number) ? number : undefined;
  return present<Identity>({ imei, endpoint: name });
}

function problem(name: string, { name: device, area, id }: Device, parameters: Record<string, string>) {
  return new MessageError({
    key: `nbiot.error.${name}`,
    parameters,
    device,
    account: { area, device: id },
  });
}
