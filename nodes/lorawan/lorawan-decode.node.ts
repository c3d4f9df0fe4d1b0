import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { areaChoices } from '../observation/area-choices.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ByflytError } from '../observation/errors.ts';
import { type FlowMessage, runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, languageFor, translate } from '../observation/messages.ts';
import type { DecodeNode } from './decode-node.ts';
import { type DecoderOptions, LorawanDecoder } from './decoder.ts';
import { codecWarnings, openDecoding, runDecoding, type Send } from './decoding.ts';
import { FlowDecoder } from './flow-decoder.ts';
import { type Mapping, mappingOf } from './mapping.ts';
import { SERVER_CHOICES } from './network-server.ts';
import { decodePasted } from './paste.ts';

interface LorawanDecodeDef extends NodeDef {
  /** Id of the byflyt-devices config node. */
  devices: string;
  /** Empty: all areas. */
  area: string;
  /** Name of the network server, `mapping`, or empty: recognised from each message. Forms of before have none. */
  server?: string;
  /** JSONata, if `server` is `mapping`. */
  mapping?: string;
  serverDecoded?: boolean;
}

export default function lorawanDecode(RED: NodeAPI): void {
  const models = ModelCatalog.open(dataFolderPath(RED.settings));

  function LorawanDecodeNode(this: Node, config: LorawanDecodeDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: LorawanDecodeDef): void {
    const language = runtimeLanguage(RED.settings);
    const devices = RED.nodes.getNode(config.devices) as (Node & DevicesNode) | null;
    const reading = readingOptions(node, config);
    const own = { area: config.area, models, scope: node.id, network: 'lorawan' as const };
    const opening = { settings: RED.settings, devices, ...own };
    const { folder, options: basics, close } = openDecoding(opening);
    const options: DecoderOptions = { ...basics, ...reading };
    const decoder = new LorawanDecoder({
      ...options,
      ...codecWarnings(node, language),
      onCounterReset: ({ name: device }, counters) =>
        node.warn(translate(language, 'lorawan.warning.counterReset', { device, ...counters })),
    });
    const flow = new FlowDecoder(decoder, folder.journal);
    const decoderFor: DecodeNode['decoderFor'] = (own) => new LorawanDecoder({ ...options, ...own });
    Object.assign(node, { decoderFor } satisfies DecodeNode);
    const timeZone = runtimeTimeZone(RED.settings);
    const decoding = runDecoding(node, { flow, models, language, timeZone });
    node.on('input', (message, send, done) => decoding.take(message as FlowMessage, send as Send, done));
    node.on('close', () => {
      decoding.close();
      close();
    });
  }

  /** How messages are read. Throws MessageError if there is no mapping, or none that is JSONata. */
  function readingOptions(
    node: Node,
    { server, mapping = '', serverDecoded }: LorawanDecodeDef,
  ): Pick<DecoderOptions, 'server' | 'mapping' | 'serverDecoded'> {
    const chosen = SERVER_CHOICES.find(({ id }) => id === server)?.id;
    return {
      ...(chosen === undefined ? {} : { server: chosen }),
      ...(server === 'mapping' ? { mapping: mappingOf(mapping, node, RED.util) } : {}),
      ...(serverDecoded === true ? { serverDecoded } : {}),
    };
  }

  RED.nodes.registerType('byflyt-lorawan-decode', LorawanDecodeNode, {
    settings: {
      byflytLorawanDecodeAreas: { value: areaChoices(), exportable: true },
      byflytLorawanDecodeServers: { value: SERVER_CHOICES, exportable: true },
    },
  });

  const mayRead = RED.auth.needsPermission('byflyt-lorawan-decode.read');
  RED.httpAdmin.get('/byflyt/models', mayRead, (_request, response) => {
    response.json(models.list().map(({ id, vendor, name }) => ({ id, vendor, name })));
  });
  const mayWrite = RED.auth.needsPermission('byflyt-lorawan-decode.write');
  // A mapping can ask for more than a reader may know.
  const mayDecode: typeof mayRead = (request, response, next) => {
    const { server } = Object(request.body) as { server?: unknown };
    (server === 'mapping' ? mayWrite : mayRead)(request, response, next);
  };
  const mappingFor = (text: string): Mapping => mappingOf(text, undefined as unknown as Node, RED.util);
  RED.httpAdmin.post('/byflyt/decode', mayDecode, (request, response) => {
    const { devices, ...body } = request.body as { devices?: string };
    const node = RED.nodes.getNode(devices ?? '') as (Node & DevicesNode) | null;
    const language = languageFor(String(request.query.lang ?? ''));
    decodePasted(body, { models, language, mappingFor, ...(node ? { registry: node.registry } : {}) })
      .then((answer) => response.json(answer))
      .catch((error: unknown) => {
        const status = error instanceof ByflytError ? 400 : 500;
        response.status(status).json({ error: describeError(error, language) });
      });
  });
}
