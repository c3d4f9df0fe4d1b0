/** What a platform of a network operator delivers, in one shape for all of them. A field that it lacks is absent. */
interface Origin {
  platform: PlatformName;
  /** Digits of the device's modem and of its SIM card; texts, because they are longer than a number is exact. */
  imei?: string;
  imsi?: string;
  iccid?: string;
  /** The platform's own id of the device. */
  deviceId?: string;
  /** ISO 8601 UTC: when the platform received it. Literal, not checked for plausibility. */
  time?: string;
}

export interface NbiotUplink extends Origin {
  kind: 'uplink';
  /** What the device sent, if the platform hands on its bytes. */
  payload?: Buffer;
  /** What the platform, or the device itself, says in words. */
  fields?: Readonly<Record<string, unknown>>;
  /** LwM2M resource that the payload belongs to. */
  path?: string;
}

/** A message that is no reading: registration, lifecycle, error of the platform. */
export interface NbiotEvent extends Origin {
  kind: 'event';
  type: string;
  description?: string;
}

export type NbiotMessage = NbiotUplink | NbiotEvent;

export type PlatformName =
  | 'lab5e-span'
  | 'telenor-horde'
  | '1nce'
  | 'iot-creators'
  | 'huawei-oceanconnect'
  | 'cumulocity-lwm2m'
  | 'coiote-azure-twin'
  | 'miotiq';
