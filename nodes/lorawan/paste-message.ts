import { MessageError } from '../observation/errors.ts';
import { type Language, translate } from '../observation/messages.ts';
import { type JsonObject, textOf } from './json-fields.ts';
import type { Mapping } from './mapping.ts';
import type { NetworkMessage, NetworkName, Uplink } from './network-message.ts';
import { readMapped, readNetworkMessage, SERVER_CHOICES, splitMessages } from './network-server.ts';

/** Makes a mapping of its text, as `mappingOf`. */
export type MappingFor = (text: string) => Mapping;

export interface PastedMessage {
  /** What it is, for people. */
  sentences: string[];
  /** Undefined if it is no uplink. */
  uplink?: Uplink;
}

/** Whether a text is a whole message and no payload: neither hex nor base64 begins like JSON or XML. */
export function isMessage(text: string): boolean {
  return /^\s*[{[<]/.test(text);
}

/**
 * Reads a message that a person pasted, as the decode node would with the `server` or `mapping` of its form. Of several
 * messages the first. Throws MessageError as `readNetworkMessage` and `readMapped` do.
 */
export async function readPasted(
  text: string,
  { server, mapping }: JsonObject,
  { language, mappingFor }: { language: Language; mappingFor: MappingFor },
): Promise<PastedMessage> {
  const [first, ...others] = splitMessages(parsed(text));
  const read =
    server === 'mapping'
      ? readMapped(await mappingFor(textOf(mapping) ?? '')(first))
      : readNetworkMessage(first, undefined, SERVER_CHOICES.find(({ id }) => id === server)?.id);
  const sentences = [
    ...(others.length > 0
      ? [translate(language, 'lorawan.paste.several', { count: others.length + 1 })]
      : []),
    networkSentence(read.network, language),
    ...sentencesOf(read, language),
  ];
  return read.kind === 'uplink' ? { sentences, uplink: read } : { sentences };
}

/** The text itself if it is XML or JSON line by line. Throws MessageError `lorawan.error.pastedNotJson`. */
function parsed(text: string): unknown {
  if (text.trimStart().startsWith('<')) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (splitMessages(text).length > 1) return text;
    throw new MessageError({ key: 'lorawan.error.pastedNotJson' }, { cause: error });
  }
}

function networkSentence(network: NetworkName, language: Language): string {
  const label = SERVER_CHOICES.find(({ id }) => id === network)?.label;
  if (network === 'mapped') return translate(language, 'lorawan.paste.mapped');
  return label === undefined
    ? translate(language, 'lorawan.paste.frame')
    : translate(language, 'lorawan.paste.recognised', { network: label });
}

function sentencesOf(message: NetworkMessage, language: Language): string[] {
  const facts = factsOf(message, language).join(', ');
  if (message.kind === 'event') {
    return [
      translate(language, 'lorawan.dropped.event', { type: message.type }),
      ...(facts ? [`${facts}.`] : []),
    ];
  }
  return [
    ...(facts ? [`${facts}.`] : []),
    ...(message.frameHex === undefined ? [] : [translate(language, 'lorawan.paste.frame')]),
    ...(message.encrypted ? [translate(language, 'lorawan.paste.encrypted')] : []),
  ];
}

/** `DevEUI a8…, port 2, frame number 12, heard by 3 gateways`: what is there of it. */
function factsOf(message: NetworkMessage, language: Language): string[] {
  const { devEui, deviceId, fPort, fCnt, time, distinctGateways } = message;
  const facts: [name: string, value: string | number | undefined][] = [
    ['devEui', devEui],
    ['deviceId', deviceId],
    ['fPort', fPort],
    ['fCnt', fCnt],
    ['time', time],
    ['gateways', distinctGateways || undefined],
  ];
  return facts.flatMap(([name, value]) =>
    value === undefined ? [] : [translate(language, `lorawan.paste.fact.${name}`, { value })],
  );
}
