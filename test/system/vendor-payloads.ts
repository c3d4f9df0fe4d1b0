/** Payloads as vendors document them, of the sensor models that Byflyt has built in, and what they mean. */
import { sharedLines } from './uplinks.ts';

interface Vector {
  device: string;
  direction: string;
  fPort: number;
  bytesHex: string;
  expected: { data?: Record<string, unknown> };
}

/** Quantity -> its value in what the vendor's decoder gives, canonical unit; undefined if it is not there. */
type Readers = Record<string, (data: Record<string, unknown>) => unknown>;

/** Device as the vectors name it -> our model. */
const MODELS: Readonly<Record<string, { model: string; quantities: Readers }>> = {
  'ELSYS ERS/ELT/EMS family': {
    model: 'elsys-ers',
    quantities: {
      air_temperature: (data) => data.temperature,
      relative_humidity: (data) => data.humidity,
      co2_concentration: (data) => data.co2,
      illuminance: (data) => data.light,
      motion_count: (data) => data.motion,
      pulse_count: (data) => data.pulseAbs,
    },
  },
  'Milesight EM310-UDL': {
    model: 'milesight-em310-udl',
    quantities: {
      distance: ({ distance }) => (typeof distance === 'number' ? distance / 1000 : undefined),
      tilt: ({ tilt }) => (tilt === undefined ? undefined : tilt === 'tilt'),
    },
  },
  'Milesight AM307L': {
    model: 'milesight-am307l',
    quantities: { air_temperature: (data) => data.temperature, relative_humidity: (data) => data.humidity },
  },
  'Decentlab DL-ITST': {
    model: 'decentlab-dl-itst',
    quantities: {
      surface_temperature: ({ temperature_target }) => (temperature_target as { value: number }).value,
    },
  },
  'Dragino LHT65N': {
    model: 'dragino-lht65n',
    quantities: { air_temperature: (data) => data.TempC_SHT, relative_humidity: (data) => data.Hum_SHT },
  },
};

/** Uplinks with the device that sends them here, and the values that must be stored of them. */
export const vendorPayloads = sharedLines<Vector>('codec-vectors/vectors.jsonl')
  .filter(({ direction }) => direction === 'decodeUplink')
  .flatMap(({ device, fPort, bytesHex, expected: { data } }, index) => {
    const known = MODELS[device];
    if (!known || !data) return [];
    const devEui = (0x70b3d57ed0020000n + BigInt(index)).toString(16);
    const values = valuesOf(known.quantities, data);
    return [{ id: `vendor-${index}`, devEui, device, model: known.model, fPort, bytesHex, values }];
  });

function valuesOf(quantities: Readers, data: Record<string, unknown>): Record<string, unknown> {
  const values = Object.entries(quantities).map(([quantity, read]) => [quantity, read(data)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
