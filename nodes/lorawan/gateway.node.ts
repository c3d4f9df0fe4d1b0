import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import type { DevicesNode } from '../devices/devices-node.ts';
import { onceStarted } from '../intake/flows-started.ts';
import { Intake } from '../intake/intake.ts';
import { IntakeProblems } from '../intake/intake-problems.ts';
import { IntakeStatus } from '../intake/intake-status.ts';
import { transportEvents } from '../intake/transport-events.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { runInput, runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { readDownlink } from './gateway/downlink-message.ts';
import { DutyCycle } from './gateway/duty-cycle.ts';
import { GatewayNetwork } from './gateway/gateway-network.ts';
import { GatewayService } from './gateway/gateway-service.ts';
import { type GatewayForm, gatewaySettings } from './gateway/gateway-settings.ts';
import { describeRefusal, Transmitter } from './gateway/transmitter.ts';
import { UdpTransport, type UdpTransportEvents } from './gateway/udp-transport.ts';
import type { NetworkEvent } from './network-message.ts';
import { ReportOnce } from './report-once.ts';

interface GatewayDef extends NodeDef, GatewayForm {
  /** Id of the byflyt-devices config node. */
  devices: string;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

export default function gateway(RED: NodeAPI): void {
  function GatewayNode(this: Node, config: GatewayDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: GatewayDef): void {
    const language = runtimeLanguage(RED.settings);
    const devices = RED.nodes.getNode(config.devices) as (Node & DevicesNode) | null;
    if (!devices) throw new ConfigurationError({ key: 'lorawan.error.noDevices' });
    const { registry } = devices;
    const { join, ...listening } = gatewaySettings(config);
    const folder = acquireDataFolder(RED.settings);
    const { state, journal } = folder;
    const source = translate(language, 'lorawan.gateway.source', { port: String(listening.port) });
    const status = new IntakeStatus(node, { language, source, timeZone: runtimeTimeZone(RED.settings) });
    const problems = new IntakeProblems(problemsOf(RED.settings), node.id, source);
    const reports = new ReportOnce();

    const tell = (event: NetworkEvent): void => {
      const { code, deviceId, gatewayId, subtype } = event;
      const reason = code === undefined ? undefined : describeRefusal(code, language);
      const payload = { ...event, ...(reason === undefined ? {} : { description: reason }) };
      node.send([null, { topic: deviceId ?? gatewayId ?? '', payload } as NodeMessage]);
      // A downlink has somebody who waits for its event; an answer has nobody.
      if (reason === undefined || subtype === undefined || !reports.isNew(`${deviceId} ${code}`, HOUR_MS))
        return;
      const device = registry.get(deviceId ?? '')?.name ?? '';
      node.warn(translate(language, 'lorawan.warning.notAnswered', { device, reason }));
    };
    // Catch nodes see it; the message itself is in the journal.
    const report = (error: unknown): void => node.error(describeError(error, language), {});
    const events: UdpTransportEvents = {
      ...transportEvents({
        language,
        status,
        problems,
        accept: (message) => taker.accept(message),
        error: (sentence) => node.error(sentence),
      }),
      onStat: (gatewayId, stat) => service.stat(gatewayId, stat),
      onStranger: (gatewayId) => {
        if (!reports.isNew(gatewayId, DAY_MS)) return;
        node.warn(translate(language, 'lorawan.warning.strangerGateway', { gateway: gatewayId }));
      },
      onFlood: (gatewayId) => {
        if (!reports.isNew('flood', HOUR_MS)) return;
        node.warn(translate(language, 'lorawan.warning.gatewayFlood', { gateway: gatewayId }));
      },
    };
    const transport = new UdpTransport(listening, events);
    const network = new GatewayNetwork({
      registry,
      state,
      scope: node.id,
      transmitter: new Transmitter(transport, new DutyCycle(state)),
      settings: join,
      onEvent: tell,
      onProblem: report,
    });
    const service = new GatewayService({
      network,
      journal,
      onFrame: (message) => node.send([message as NodeMessage, null]),
      onEvent: tell,
      onProblem: report,
    });
    const taker = new Intake({
      id: node.id,
      transport: 'gateway',
      journal,
      emit: (message) => service.take(message),
    });

    // Only now are the nodes behind this one there. What was left over goes first, in its old order.
    let closed = false;
    const begin = () => {
      taker
        .redeliver()
        .catch(events.onError)
        .finally(() => {
          if (!closed) transport.start();
        });
    };
    const stopWaiting = onceStarted(RED.events, begin);
    node.on('input', (message, _send, done) =>
      runInput(node, language, done, () => {
        const downlink = readDownlink(message.payload);
        try {
          network.queue(downlink);
        } catch (error) {
          const { device, devEui, reference } = downlink;
          const facts = { deviceId: device, ...(devEui ? { devEui } : {}), reference };
          const description = describeError(error, language);
          tell({ kind: 'event', network: 'semtech-udp', type: 'failed', ...facts, description });
          throw error;
        }
      }),
    );
    node.on('close', (done: () => void) => {
      closed = true;
      stopWaiting();
      transport
        .stop()
        .catch(events.onError)
        .finally(() => {
          service.close();
          status.close();
          problems.close();
          folder.release();
          done();
        });
    });
  }

  RED.nodes.registerType('byflyt-gateway', GatewayNode);
}
