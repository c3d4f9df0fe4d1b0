/** A small device repository of our own, in the layout of the LoRaWAN device repository. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folders: string[] = [];

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'byflyt-repository-'));
  folders.push(folder);
  return folder;
}

/** To be called after the tests of a file. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function writeFile(root: string, path: string, content: string | Buffer): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const VENDORS = `
vendors:
  - id: nordvind
    name: Nordvind Sensors
    website: https://nordvind.example
  - id: empty-brand
    name: A brand without devices
  - id: badebrygge
    name: Badebrygge AS
`;

const GUST = `
name: Gust 2 # the small one
description: Wind sensor with a lamp
hardwareVersions:
  - version: '1'
    numeric: 1
firmwareVersions:
  - version: 1.0
    numeric: 1
    hardwareVersions: ['1']
    profiles:
      EU863-870:
        id: gust-profile
        codec: gust-codec
      US902-928:
        vendorID: badebrygge
        id: shared-profile
        codec: gust-codec
  - version: '2.0'
    profiles:
      EU863-870:
        id: gust-profile
        codec: gust-2-codec
      AS923:
        id: gust-profile
sensors:
  - Wind Speed
  - wind direction
  - battery
productURL: https://nordvind.example/gust
dataSheetURL: javascript:alert(1)
photos:
  main: pictures/gust.png
`;

const GUST_CODEC = `
uplinkDecoder:
  fileName: gust.js
  examples:
    - description: A breeze from the west
      input:
        fPort: 7
        bytes: [1, 20, 36]
      output:
        data:
          wind: { knots: 20, from: 'W' }
          BatV: 3.6
      normalizedOutput:
        data:
          - wind: { speed: 10.288, direction: 270 }
    - description: The other port
      input: { fPort: 7, bytes: '00 0a 1f' }
      output:
        data: { wind: { knots: 10, from: 'N' }, BatV: 3.1 }
    - description: An unknown port
      input: { fPort: 8, bytes: [1] }
      output: { errors: ['unknown FPort'] }
downlinkEncoder:
  fileName: gust.js
  examples:
    - description: Lamp on
      input: { data: { lamp: true } }
      output: { fPort: 2, bytes: [1] }
downlinkDecoder:
  fileName: gust.js
  examples:
    - description: Lamp on
      input: { fPort: 2, bytes: [1] }
      output: { data: { lamp: true } }
`;

const GUST_SCRIPT = `
var NAMES = ['N', 'W'];
function decodeUplink(input) {
  if (input.fPort !== 7) return { errors: ['unknown FPort'] };
  return { data: { wind: { knots: input.bytes[1], from: NAMES[input.bytes[0]] }, BatV: input.bytes[2] / 10 } };
}
function normalizeUplink(input) {
  return { data: { wind: { speed: input.data.wind.knots * 0.5144, direction: NAMES.indexOf(input.data.wind.from) * 270 } } };
}
function encodeDownlink(input) { return { fPort: 2, bytes: [input.data.lamp ? 1 : 0] }; }
function decodeDownlink(input) { return { data: { lamp: input.bytes[0] === 1 } }; }
`;

/** The second firmware: no normalizer, a word for a state, a list, and an author who is wrong once. */
const GUST_2_CODEC = `
uplinkDecoder:
  fileName: gust-2.js
  examples:
    - description: Door open
      input: { fPort: 1, bytes: [21, 1] }
      output: { data: { TempC: 21, TempC_2: 22, door: 'open', history: [{ t: 1 }] } }
    - description: Door closed
      input: { fPort: 1, bytes: [200, 0] }
      output: { data: { TempC: -56, TempC_2: 22, door: 'closed', history: [] } }
`;

const GUST_2_SCRIPT = `
function decodeUplink(input) {
  return {
    data: {
      TempC: input.bytes[0], TempC_2: 22, door: input.bytes[1] ? 'open' : 'closed',
      history: input.bytes[1] ? [{ t: 1 }] : [],
    },
    warnings: [],
  };
}
`;

/** A picture of one dot. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
);

/** Makes the repository in a folder of its own; returns its path. */
export function sampleRepository(): string {
  const root = newFolder();
  const files: Record<string, string | Buffer> = {
    'vendor/index.yaml': VENDORS,
    'vendor/nordvind/index.yaml':
      'endDevices:\n  - gust-2\n  - broken\n  - gone\n  - gust-2\n  - ../escape\n',
    'vendor/nordvind/gust-2.yaml': GUST,
    'vendor/nordvind/broken.yaml': 'name: [unclosed\nfirmwareVersions: {',
    'vendor/nordvind/gust-profile.yaml': "macVersion: '1.0.3'\nsupportsJoin: true\nsupportsClassC: true\n",
    'vendor/nordvind/gust-codec.yaml': GUST_CODEC,
    'vendor/nordvind/gust-2-codec.yaml': GUST_2_CODEC,
    'vendor/nordvind/gust.js': GUST_SCRIPT,
    'vendor/nordvind/gust-2.js': GUST_2_SCRIPT,
    'vendor/nordvind/pictures/gust.png': PNG,
    'vendor/badebrygge/index.yaml': 'endDevices: []\n',
    'vendor/badebrygge/shared-profile.yaml': 'supportsJoin: false\n',
  };
  for (const [path, content] of Object.entries(files)) writeFile(root, path, content);
  return root;
}

/** A file of the repository that is a link to a place outside of it. */
export function linkOutside(root: string, path: string, target: string): void {
  symlinkSync(target, join(root, path));
}
