import { type JsonObject, numberOf, objectOf, present, textOf } from '../json-fields.ts';
import type { Uplink } from '../network-message.ts';
import { bytesOfHex, euiOf, momentOf } from './notation.ts';
import type { NetworkServer } from './table.ts';

/** A record is a value: `v` number, `vs` text, `vb` boolean, `vd` bytes (RFC 8428, 4.2). */
const VALUES = ['v', 'vs', 'vb', 'vd'] as const;

/** Records that say something of the transmission. */
const ABOUT_PAYLOAD = new Set(['payload', 'port', 'FPort', 'FCntUp', 'timeOrigin']);

/** Whether a list is one SenML pack (RFC 8428), not several messages. */
export function isSenml(value: unknown): value is JsonObject[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const records = value.map(objectOf);
  const [first] = records;
  return (
    (first?.bn !== undefined || first?.n !== undefined) &&
    records.every(
      (record) => record !== undefined && [record.n, record.bn, record.bt].some((name) => name !== undefined),
    )
  );
}

/**
 * KPN Things: a SenML pack about one device, decoded by KPN, or with the bytes as a record `payload`.
 * `message` has the pack as `senml`. Source: KPN Things documentation, "SenML"; RFC 8428.
 */
export const kpnThings: NetworkServer = {
  name: 'kpn-things',
  label: 'KPN Things',
  read(message) {
    if (!isSenml(message.senml)) return undefined;
    const records = message.senml;
    const values = Object.fromEntries(records.flatMap((record) => entryOf(record)));
    const device = records.map(({ bn }) => textOf(bn)).find((name) => name !== undefined);
    const payload = bytesOfHex(values.payload) ?? Buffer.alloc(0);
    const decoded = Object.fromEntries(Object.entries(values).filter(([name]) => !ABOUT_PAYLOAD.has(name)));
    return present<Uplink>({
      kind: 'uplink',
      network: 'kpn-things',
      devEui: /:DEVEUI:/i.test(device ?? '') ? euiOf(device?.split(':').at(3)) : undefined,
      deviceId: device?.split(':').at(3)?.toLowerCase(),
      fPort: numberOf(values.port ?? values.FPort),
      fCnt: numberOf(values.FCntUp),
      payload,
      payloadHex: payload.toString('hex'),
      time: records.map(({ bt, t }) => momentOf(bt ?? t)).find((time) => time !== undefined),
      timeField: 'bt',
      decoded: Object.keys(decoded).length > 0 ? decoded : undefined,
      valuesOnly: values.payload === undefined ? true : undefined,
    });
  },
};

/** Name and value of a record. A text with a unit is a number that somebody put in quotation marks. */
function entryOf(record: JsonObject): [string, unknown][] {
  const name = textOf(record.n);
  const field = VALUES.find((each) => record[each] !== undefined);
  if (name === undefined || field === undefined) return [];
  const value = record[field];
  return [[name, field === 'vs' && record.u !== undefined ? (numberOf(value) ?? value) : value]];
}
