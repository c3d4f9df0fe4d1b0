import { readLwm2mJson } from '../lwm2m.ts';
import { readSenmlCbor, readSenmlJson, resolveSenml } from '../senml.ts';
import { isKeyObject } from './registration.ts';
import { FORMAT } from './resource-body.ts';

/** Names in a body that says of each value where it belongs; the other formats stand below the path that was asked for. */
const NAMES: Readonly<Record<number, (bytes: Buffer) => string[]>> = {
  [FORMAT.senmlJson]: (bytes) => resolveSenml(readSenmlJson(bytes.toString('utf8')), 0).map(({ n }) => n),
  [FORMAT.senmlCbor]: (bytes) => resolveSenml(readSenmlCbor(bytes), 0).map(({ n }) => n),
  [FORMAT.json]: (bytes) => readLwm2mJson(JSON.parse(bytes.toString('utf8'))).map(({ path }) => path),
};

/** A path that begins with an object of keys, among anything else. */
const KEY_PATH = /(^|[^\d/])\/+(0+|21)(?!\d)/;
/** The same in a name of SenML, which may lack the slash, have two, or begin with the device's own name. */
const KEY_NAME = /(^|[^\d/])\/*(0+|21)\/\d/;

/** Whether a device sent values of the object that holds its keys; nobody asked it to, and they must not be kept. */
export function holdsKeys(path: string, contentFormat: number | undefined, bytes: Buffer): boolean {
  if (isKeyObject(path)) return true;
  const namesIn = NAMES[contentFormat ?? FORMAT.text];
  if (!namesIn) return false;
  try {
    return namesIn(bytes).some((name) => isKeyObject(name) || KEY_NAME.test(name));
  } catch {
    // It cannot be read, and is kept for those who look why, unless it might hold a key all the same.
    const text = bytes.toString('latin1');
    return KEY_PATH.test(text) || KEY_NAME.test(text);
  }
}
