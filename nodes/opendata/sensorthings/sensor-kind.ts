import { ModelCatalog } from '../../codec/models.ts';

/** The models that come with Byflyt: what staff call their own ones may tell more than the public should know. */
const catalog = ModelCatalog.open();

/** Brand and type of the sensors with these models (`Dragino LHT65N`); undefined if none is known or all are simulated. */
export function kindOfSensor(models: readonly string[], sandbox: boolean): string | undefined {
  if (sandbox) return undefined;
  const known = models.flatMap((id) => catalog.get(id) ?? []);
  const kinds = [...new Set(known.map(({ vendor, name }) => `${vendor} ${name}`))].sort();
  return kinds.length > 0 ? kinds.join(', ') : undefined;
}
