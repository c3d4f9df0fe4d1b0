import { type Language, translate } from '../../observation/messages.ts';
import { type FieldTable, scalingOf, type TableRow } from '../formats/field-table.ts';

/**
 * The table as a TS013 codec (LoRaWAN Payload Codec API) in ECMAScript 2015, for a network server or another
 * platform. It gives what `decodeFieldTable` gives, and `errors` where that throws. `title` names the device.
 */
export function exportCodec({ rows }: FieldTable, title: string, language: Language): string {
  const text = (key: string) => JSON.stringify(translate(language, `codec.export.${key}`));
  // A title with a line break would end the comment.
  const comment = translate(language, 'codec.export.comment', {
    title: title.replace(/[\s\u2028\u2029]+/g, ' '),
  });
  const table = rows.map((row) => `  ${JSON.stringify(exportedRow(row))}`).join(',\n');
  // In the decoder only: a row may have one of these words for a name.
  const decoder = DECODER.replace('CUT_OFF', () => text('cutOff')).replace('NO_ROW', () => text('noRow'));
  return `// ${comment}\nvar ROWS = [\n${table}\n];\n${decoder}`;
}

/** What the decoder needs of a row: scale and offset as whole numbers, and nothing of quantities. */
function exportedRow(row: TableRow): object {
  const { quantity: _quantity, scale: _scale, offset: _offset, ...rest } = row;
  return { ...rest, ...scalingOf(row) };
}

const DECODER = `
function decodeUplink(input) {
  var bytes = input.bytes, data = {}, counted = 0;
  for (var i = 0; i < ROWS.length; i++) {
    var row = ROWS[i];
    if (!counts(row, bytes, input.fPort)) continue;
    counted++;
    if (bytes.length < row.at + row.length) {
      if (row.optional) continue;
      return { errors: [CUT_OFF] };
    }
    var value = read(row, bytes.slice(row.at, row.at + row.length));
    if (value !== undefined) data[row.name] = value;
  }
  return counted === 0 ? { errors: [NO_ROW] } : { data: data };
}

function counts(row, bytes, fPort) {
  if (row.ports && row.ports.indexOf(fPort) < 0) return false;
  return !row.when || (row.when.at < bytes.length && row.when.in.indexOf(bytes[row.when.at]) >= 0);
}

function read(row, own) {
  if (row.type === 'text') return String.fromCharCode.apply(null, own).replace(/\\0+$/, '');
  if (row.type === 'hex') return hex(own);
  if (row.order === 'little') own.reverse();
  if (row.type === 'float') return measured(row, float(own));
  if (row.type === 'bcd') return /^[0-9]+$/.test(hex(own)) ? measured(row, Number(hex(own))) : undefined;
  var number = wholeNumber(row, own);
  if (row.type === 'bool') return number !== 0;
  if (row.type === 'invertedBool') return number === 0;
  var range = Math.pow(2, row.bits ? row.bits.count : own.length * 8);
  return measured(row, row.type === 'signed' && number >= range / 2 ? number - range : number, number);
}

function measured(row, number, unsigned) {
  if (row.missing && (row.missing.indexOf(number) >= 0 || row.missing.indexOf(unsigned) >= 0)) return undefined;
  var value = (number * row.multiply + row.add) / row.divide;
  return isFinite(value) ? value : undefined;
}

function wholeNumber(row, own) {
  var number = 0;
  for (var i = 0; i < own.length; i++) number = number * 256 + own[i];
  return row.bits ? Math.floor(number / Math.pow(2, row.bits.low)) % Math.pow(2, row.bits.count) : number;
}

function float(own) {
  var view = new DataView(new Uint8Array(own).buffer);
  if (own.length === 8) return view.getFloat64(0);
  var exact = view.getFloat32(0);
  for (var digits = 6; digits < 9; digits++) {
    var short = Number(exact.toPrecision(digits));
    if (Math.fround(short) === exact) return short;
  }
  return exact;
}

function hex(own) {
  var text = '';
  for (var i = 0; i < own.length; i++) text += (own[i] < 16 ? '0' : '') + own[i].toString(16);
  return text;
}
`;
