import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import type { DecodeNode } from '../lorawan/decode-node.ts';
import { codecWarnings, openDecoding, runDecoding, type Send } from '../lorawan/decoding.ts';
import { FlowDecoder } from '../lorawan/flow-decoder.ts';
import { type Mapping, mappingOf } from '../lorawan/mapping.ts';
import { areaChoices } from '../observation/area-choices.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { type FlowMessage, runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { languageFor } from '../observation/messages.ts';
import { ClockWords } from './clock-words.ts';
import { NbiotDecoder, type NbiotDecoderOptions } from './decoder.ts';
import { decodePastedMessage } from './paste.ts';
import { StrangerWords } from './stranger-words.ts';

interface NbiotDecodeDef extends NodeDef {
  /** Id of the byflyt-devices config node. */
  devices: string;
  /** Empty: all areas. */
  area: string;
  /** `mapping`, or empty: recognised from each message. */
  platform?: string;
  /** JSONata, if `platform` is `mapping`. */
  mapping?: string;
  /** Field in which devices say who they are; empty: IMEI and IMSI alone. */
  identityField?: string;
}

export default function nbiotDecode(RED: NodeAPI): void {
  const models = ModelCatalog.open(dataFolderPath(RED.settings));

  function NbiotDecodeNode(this: Node, config: NbiotDecodeDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: NbiotDecodeDef): void {
    const language = runtimeLanguage(RED.settings);
    const devices = RED.nodes.getNode(config.devices) as (Node & DevicesNode) | null;
    const reading = readingOptions(node, config);
    const own = { area: config.area, models, scope: node.id, network: 'nbiot' as const };
    const opening = { settings: RED.settings, devices, ...own };
    const { folder, options: basics, close } = openDecoding(opening);
    const options: NbiotDecoderOptions = { ...basics, ...reading };
    const words = new ClockWords(language);
    const strangers = new StrangerWords();
    const decoder = new NbiotDecoder({
      ...options,
      ...codecWarnings(node, language),
      onWrongClock: (device, offset) => {
        const sentence = words.news(device, offset);
        if (sentence !== undefined) node.warn(sentence);
      },
    });
    const decoderFor: DecodeNode['decoderFor'] = (own) => new NbiotDecoder({ ...options, ...own });
    Object.assign(node, { decoderFor } satisfies DecodeNode);
    const decoding = runDecoding(node, {
      flow: new FlowDecoder(decoder, folder.journal),
      models,
      language,
      timeZone: runtimeTimeZone(RED.settings),
      remark: () => words.remark(decoder.clocks.wrong),
      isQuiet: (problem) => strangers.isQuiet(problem),
    });
    node.on('input', (message, send, done) => decoding.take(message as FlowMessage, send as Send, done));
    node.on('close', () => {
      decoding.close();
      close();
    });
  }

  /** How messages are read. Throws MessageError if there is no mapping, or none that is JSONata. */
  function readingOptions(
    node: Node,
    { platform, mapping = '', identityField = '' }: NbiotDecodeDef,
  ): Pick<NbiotDecoderOptions, 'mapping' | 'identityField'> {
    return {
      ...(platform === 'mapping' ? { mapping: mappingOf(mapping, node, RED.util) } : {}),
      ...(identityField.trim() === '' ? {} : { identityField: identityField.trim() }),
    };
  }

  RED.nodes.registerType('byflyt-nbiot-decode', NbiotDecodeNode, {
    settings: { byflytNbiotDecodeAreas: { value: areaChoices(), exportable: true } },
  });

  const mayRead = RED.auth.needsPermission('byflyt-nbiot-decode.read');
  const mayWrite = RED.auth.needsPermission('byflyt-nbiot-decode.write');
  // A mapping can ask for more than a reader may know.
  const mayDecode: typeof mayRead = (request, response, next) => {
    const { platform } = Object(request.body) as { platform?: unknown };
    (platform === 'mapping' ? mayWrite : mayRead)(request, response, next);
  };
  const mappingFor = (text: string): Mapping => mappingOf(text, undefined as unknown as Node, RED.util);
  RED.httpAdmin.post('/byflyt/nbiot/decode', mayDecode, async (request, response) => {
    const { devices, ...body } = Object(request.body) as { devices?: string };
    const node = RED.nodes.getNode(devices ?? '') as (Node & DevicesNode) | null;
    const language = languageFor(String(request.query.lang ?? ''));
    const registry = node ? { registry: node.registry } : {};
    response.json(await decodePastedMessage(body, { models, language, mappingFor, ...registry }));
  });
}
