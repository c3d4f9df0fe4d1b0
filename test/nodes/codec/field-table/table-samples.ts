import fc from 'fast-check';
import {
  BIT_TYPES,
  ROW_TYPES,
  type RowType,
  type TableRow,
} from '../../../../nodes/codec/formats/field-table.ts';
import type { QuantityId } from '../../../../nodes/observation/quantities.ts';

/** A row with what a test says, else the first byte as a number. */
export function row(fields: Partial<TableRow> = {}): TableRow {
  return { name: 'x', type: 'unsigned', at: 0, length: 1, ...fields };
}

/** As JSON and the form give objects. */
const PLAIN = { noNullPrototype: true };
const decimal = fc
  .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, decimals]) => digits / 10 ** decimals);
const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 3 });
const QUANTITY_OF = { number: 'distance', boolean: 'tilt', string: undefined } as const;

/** Rows as the form would make them, for payloads of some 12 bytes on the ports 1 to 3. */
export const anyRow: fc.Arbitrary<TableRow> = fc
  .constantFrom(...(Object.keys(ROW_TYPES) as RowType[]))
  .chain((type) => fc.record({ type: fc.constant(type), length: fc.constantFrom(...lengthsOf(type)) }))
  .chain(({ type, length }) => {
    const isNumber = ROW_TYPES[type].kind === 'number';
    const fields = {
      type: fc.constant(type),
      length: fc.constant(length),
      at: fc.integer({ min: 0, max: 10 }),
      name: fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,8}$/).filter((name) => name !== 'constructor'),
      bits: BIT_TYPES.includes(type) ? fc.option(bitsWithin(length * 8), { nil: undefined }) : none,
      order: fc.constantFrom('little' as const, undefined),
      scale: isNumber
        ? fc.option(
            decimal.filter((scale) => scale !== 0 && scale !== 1),
            { nil: undefined },
          )
        : none,
      offset: isNumber
        ? fc.option(
            decimal.filter((offset) => offset !== 0),
            { nil: undefined },
          )
        : none,
      missing: isNumber ? fc.option(bytes, { nil: undefined }) : none,
      ports: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1 }), { nil: undefined }),
      when: fc.option(fc.record({ at: fc.integer({ min: 0, max: 2 }), in: bytes }, PLAIN), {
        nil: undefined,
      }),
      optional: fc.constantFrom(true as const, undefined),
      quantity: fc.constantFrom(undefined, QUANTITY_OF[ROW_TYPES[type].kind] as QuantityId | undefined),
    };
    return fc.record(fields).map(withoutUndefined);
  });

const none = fc.constant(undefined);

function lengthsOf(type: RowType): number[] {
  return ROW_TYPES[type].lengths.filter((length) => length <= 8);
}

function bitsWithin(width: number): fc.Arbitrary<{ low: number; count: number }> {
  return fc
    .integer({ min: 0, max: width - 1 })
    .chain((low) =>
      fc.record({ low: fc.constant(low), count: fc.integer({ min: 1, max: width - low }) }, PLAIN),
    );
}

function withoutUndefined<T extends object>(fields: T): TableRow {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as TableRow;
}
