/** Codecs written the ways in which vendors publish theirs, for the benchmark of the sandbox. */

export interface MixedCodec {
  file: string;
  source: string;
  fPort: number;
  bytes: Uint8Array;
}

interface Style {
  name: string;
  /** `size` repeats what a longer codec has more of. */
  source(size: number): string;
  bytes: string;
}

/** Runs `line` for 0 to `count` - 1 and joins the texts. */
function times(count: number, line: (place: number) => string): string {
  return Array.from({ length: count }, (_, place) => line(place)).join('\n');
}

const READERS = `
function readUInt16LE(bytes) { var value = (bytes[1] << 8) + bytes[0]; return value & 0xffff; }
function readInt16LE(bytes) { var ref = readUInt16LE(bytes); return ref > 0x7fff ? ref - 0x10000 : ref; }
function readUInt32LE(bytes) { return ((bytes[3] << 24) + (bytes[2] << 16) + (bytes[1] << 8) + bytes[0]) >>> 0; }`;

const channels = (size: number) => `
function decodeChannels(bytes) {
  var decoded = {};
  for (var i = 0; i < bytes.length; ) {
    var channel_id = bytes[i++];
    var channel_type = bytes[i++];
    if (channel_id === 0x01 && channel_type === 0x75) { decoded.battery = bytes[i]; i += 1; }
    else if (channel_id === 0x03 && channel_type === 0x67) { decoded.temperature = readInt16LE(bytes.slice(i, i + 2)) / 10; i += 2; }
    else if (channel_id === 0x04 && channel_type === 0x68) { decoded.humidity = bytes[i] / 2; i += 1; }
    else if (channel_id === 0x07 && channel_type === 0x7d) { decoded.co2 = readUInt16LE(bytes.slice(i, i + 2)); i += 2; }
    else if (channel_id === 0x09 && channel_type === 0x73) { decoded.pressure = readUInt16LE(bytes.slice(i, i + 2)) / 10; i += 2; }
    ${times(size, (n) => `else if (channel_id === ${0x20 + n} && channel_type === 0x7d) { decoded.extra_${n} = readUInt16LE(bytes.slice(i, i + 2)) / 100; i += 2; }`)}
    else { break; }
  }
  return decoded;
}
${READERS}`;
const CHANNEL_BYTES = '0175640367eb00046860077d410609736127227d1027';

const STYLES: readonly Style[] = [
  {
    name: 'channels',
    source: (size) =>
      `function decodeUplink(input) { return { data: decodeChannels(input.bytes) }; }${channels(size)}`,
    bytes: CHANNEL_BYTES,
  },
  {
    name: 'several-servers',
    source: (size) => `function Decode(fPort, bytes) { return decodeChannels(bytes); }
function Decoder(bytes, port) { return decodeChannels(bytes); }${channels(size)}`,
    bytes: CHANNEL_BYTES,
  },
  {
    name: 'fixed',
    source: (size) => `function decodeUplink(input) {
  var bytes = input.bytes, data = {}, warnings = [];
  if (bytes.length < 11) return { errors: ['payload too short'] };
  data.BatV = ((bytes[0] << 8 | bytes[1]) & 0x3fff) / 1000;
  data.TempC_SHT = parseFloat(((bytes[2] << 24 >> 16 | bytes[3]) / 100).toFixed(2));
  data.Hum_SHT = parseFloat((((bytes[4] << 8 | bytes[5]) & 0xfff) / 10).toFixed(1));
  data.Ext_sensor = { 0: 'No external sensor', 1: 'Temperature Sensor', 4: 'Interrupt Sensor send' }[bytes[6] & 0x7f];
  if ((bytes[6] & 0x7f) === 1) data.TempC_DS = parseFloat(((bytes[7] << 24 >> 16 | bytes[8]) / 100).toFixed(2));
  if (data.BatV < 2.5) warnings.push('low battery');
  ${times(size, (n) => `if (bytes.length === ${20 + n}) { data.word_${n} = bytes[${n}] << 8 | bytes[${n + 1}]; warnings.push('long message ${n}'); }`)}
  return { data: data, warnings: warnings };
}`,
    bytes: 'cbf60b0d037601 0add7fff',
  },
  {
    name: 'hex-text',
    source: (size) => `function Decoder(bytes, port) {
  var hex = bytes.map(function (b) { return ('0' + (b & 0xff).toString(16)).slice(-2); }).join('');
  var result = { payload: hex };
  var at = 0;
  function take(length) { var part = hex.substr(at * 2, length * 2); at += length; return parseInt(part, 16); }
  while (at < bytes.length) {
    switch (take(1)) {
      case 1: var t = take(2); result.temperature = (t > 32767 ? t - 65536 : t) / 10; break;
      case 2: result.humidity = take(1); break;
      case 4: result.light = take(2); break;
      case 5: result.motion = take(1); break;
      case 7: result.vdd = take(2); break;
      ${times(size, (n) => `case ${40 + n}: result['analog_' + ${n}] = take(2) / ${n + 1}; break;`)}
      default: at = bytes.length;
    }
  }
  return result;
}`,
    bytes: '0100e202290400270506070e28',
  },
  {
    name: 'views',
    source: (size) => `function decodeUplink(input) {
  const view = new DataView(new Uint8Array(input.bytes).buffer);
  const data = { version: view.getUint8(0), device: view.getUint16(1), flags: view.getUint16(3).toString(2) };
  const sensors = [
    { name: 'distance', read: (x) => x[0], unit: 'mm' },
    { name: 'temperature', read: (x) => Math.round(x[1] / 65536 * 17572) / 100 - 45, unit: '°C' },
    ${times(size, (n) => `{ name: 'spare_${n}', read: (x) => (x[${n % 4}] - 32768) / ${10 ** (n % 4)}, unit: 'V' },`)}
  ];
  const words = [];
  for (let i = 5; i + 1 < input.bytes.length; i += 2) words.push(view.getUint16(i));
  sensors.slice(0, 4).forEach(({ name, read, unit }) => { data[name] = { value: read(words), unit }; });
  return { data };
}`,
    bytes: '02 0578 0003 0bd0 67ab 8062 0c60',
  },
  {
    name: 'buffer',
    source: (size) => `function decodeUplink(input) {
  var payload = Buffer.from(input.bytes);
  var data = { serial: payload.slice(0, 4).toString('hex'), volume: payload.readUInt32LE(4) / 1000, temperature: payload.readInt16BE(8) / 100 };
  ${times(size, (n) => `if (payload.length === ${30 + n}) data.extra_${n} = payload.readUInt16LE(${n});`)}
  return { data: data };
}`,
    bytes: '11223344 e8030000 0a28',
  },
  {
    name: 'history',
    source: (size) => `function decodeUplink(input) {
  var bytes = input.bytes, history = [];
  for (var i = 1; i + 5 < bytes.length; i += 6) {
    var seconds = ((bytes[i] << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) | bytes[i + 3]) >>> 0;
    history.push({ time: new Date(seconds * 1000).toISOString(), temperature: ((bytes[i + 4] << 24 >> 16) | bytes[i + 5]) / 10 });
  }
  var names = { ${times(size, (n) => `${n}: 'state ${n}',`)} };
  return { data: { received: input.recvTime.toISOString(), state: names[bytes[0]], history: history } };
}`,
    bytes: '01 67a04d80 00d7 67a05a90 00d6 67a067a0 00d5 67a074b0 00d4',
  },
  {
    name: 'formula',
    source: (size) => `function Decode(fPort, bytes, variables) {
  var raw = (bytes[0] << 8) | bytes[1];
  var resistance = 10000 / (65535 / Math.max(raw, 1) - 1);
  var kelvin = 1 / (1 / 298.15 + Math.log(resistance / 10000) / 3380);
  var pressure = 1013.25 * Math.pow(1 - bytes[2] / 44330, 5.255);
  var decoded = { temperature: Number((kelvin - 273.15).toFixed(2)), pressure: Number(pressure.toFixed(1)) };
  ${times(size, (n) => `if (fPort === ${100 + n}) decoded.point_${n} = Math.pow(raw, 0.${n + 1});`)}
  return decoded;
}`,
    bytes: '7d00 40',
  },
  {
    name: 'bits',
    source: (size) => `var FIELDS = [
  { name: 'status', bits: 3 }, { name: 'battery', bits: 5, scale: 3.2 }, { name: 'temperature', bits: 12, signed: true, scale: 0.1 },
  { name: 'humidity', bits: 8, scale: 0.5 }, { name: 'count', bits: 20 },
  ${times(size, (n) => `{ name: 'spare_${n}', bits: ${1 + (n % 3)} },`)}
];
function decodeUplink(input) {
  var bits = '';
  for (var i = 0; i < input.bytes.length; i++) bits += ('00000000' + input.bytes[i].toString(2)).slice(-8);
  var at = 0, data = {};
  for (var f = 0; f < FIELDS.length && at + FIELDS[f].bits <= bits.length; f++) {
    var field = FIELDS[f], value = parseInt(bits.slice(at, at + field.bits), 2);
    at += field.bits;
    if (field.signed && value >= Math.pow(2, field.bits - 1)) value -= Math.pow(2, field.bits);
    data[field.name] = field.scale ? Math.round(value * field.scale * 100) / 100 : value;
  }
  return { data: data };
}`,
    bytes: '7d0eb370004d',
  },
  {
    name: 'class',
    source: (size) => `class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  get left() { return this.bytes.length - this.at; }
  uint(size) { let value = 0; for (let i = 0; i < size; i++) value = value * 256 + this.bytes[this.at++]; return value; }
  int(size) { const value = this.uint(size), limit = 2 ** (8 * size - 1); return value >= limit ? value - 2 * limit : value; }
}
const TYPES = { 0x00: ['digital', 1, 1], 0x02: ['analog', 2, 100], 0x65: ['light', 2, 1], 0x67: ['temperature', 2, 10], 0x68: ['humidity', 1, 2],
  ${times(size, (n) => `${0x80 + n}: ['type_${n}', 2, ${n + 1}],`)} };
function decodeUplink(input) {
  const reader = new Reader(input.bytes), data = {};
  while (reader.left > 2) {
    const channel = reader.uint(1), type = TYPES[reader.uint(1)];
    if (!type) return { data, errors: ['unknown type'] };
    data[\`\${type[0]}_\${channel}\`] = reader.int(type[1]) / type[2];
  }
  return { data };
}`,
    bytes: '0367 00eb 0468 60 0565 0190 0102 0142',
  },
];

/** How much longer than the shortest a codec is; the longest have about 12 kB. */
const SIZES = [0, 2, 4, 8, 12, 16, 24, 32, 48, 64];

/** 100 codecs: ten styles in ten lengths, all different. */
export function codecMix(): MixedCodec[] {
  return SIZES.flatMap((size) =>
    STYLES.map(({ name, source, bytes }) => ({
      file: `${name}-${size}.js`,
      source: source(size),
      fPort: 2,
      bytes: Uint8Array.from(Buffer.from(bytes.replace(/\s/g, ''), 'hex')),
    })),
  );
}
