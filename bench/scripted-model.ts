/** The sensor of the benchmarks as a model whose payload a script decodes, the way its vendor publishes decoders. */

/** TS013 decoder of the channels that the benchmarks send; looped and branched like Milesight's own. */
const CODEC = `
function decodeUplink(input) {
  var bytes = input.bytes, decoded = {};
  for (var i = 0; i < bytes.length;) {
    var channel = bytes[i++], type = bytes[i++];
    if (channel === 0x03 && type === 0x67) {
      decoded.temperature = readInt16LE(bytes.slice(i, i + 2)) / 10;
      i += 2;
    } else if (channel === 0x04 && type === 0x68) {
      decoded.humidity = bytes[i] / 2;
      i += 1;
    } else if (channel === 0x06 && type === 0xcb) {
      decoded.light_level = bytes[i];
      i += 1;
    } else if (channel === 0x07 && type === 0x7d) {
      decoded.co2 = readUInt16LE(bytes.slice(i, i + 2));
      i += 2;
    } else if (channel === 0x09 && type === 0x73) {
      decoded.pressure = readUInt16LE(bytes.slice(i, i + 2)) / 10;
      i += 2;
    } else {
      break;
    }
  }
  return { data: decoded };
}
function readUInt16LE(bytes) {
  return ((bytes[1] << 8) + bytes[0]) & 0xffff;
}
function readInt16LE(bytes) {
  var value = readUInt16LE(bytes);
  return value > 0x7fff ? value - 0x10000 : value;
}
`;

export const SCRIPTED_MODEL = 'bench-am307l';

/** Path in the data folder -> content. */
export const SCRIPTED_MODEL_FILES = {
  'codecs/bench-am307l.js': CODEC,
  'models/bench-am307l.json': JSON.stringify({
    id: SCRIPTED_MODEL,
    extends: 'milesight-am307l',
    codec: 'bench-am307l.js',
  }),
};
