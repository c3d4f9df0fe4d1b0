import type { MacCommand } from '../mac-commands.ts';
import type { CollectedFrame } from './collector.ts';
import { linkMargin } from './link-margin.ts';

/** GPS time begins in 1980 and has no leap seconds; it is 18 s ahead of UTC since 2017. */
const GPS_EPOCH = Date.parse('1980-01-06T00:00:00Z');
const LEAP_SECONDS = 18;

/** ms between a gateway's clock and ours that the way here can explain. */
const CLOCK_TOLERANCE = 5000;

type Answer = (frame: CollectedFrame) => Buffer;

/** What a device may ask and the answer to it, with its command identifier; LoRaWAN 1.0.4, chapter 5. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  LinkCheckReq: linkCheckAns,
  DeviceTimeReq: deviceTimeAns,
};

/** The answers to a frame's MAC commands, for FOpts: each at most once, so that all fit into its 15 bytes. */
export function macAnswers(commands: readonly MacCommand[], frame: CollectedFrame): Buffer {
  const asked = new Set(commands.filter(({ incomplete }) => !incomplete).map(({ name }) => name));
  return Buffer.concat([...asked].flatMap((name) => ANSWERS[name]?.(frame) ?? []));
}

/** How much stronger than needed the best gateway heard the frame, and how many heard it. */
function linkCheckAns(frame: CollectedFrame): Buffer {
  const margin = Math.round(linkMargin(frame) ?? 0);
  const gateways = new Set(frame.receptions.map(({ gatewayId }) => gatewayId)).size;
  return Buffer.of(0x02, Math.min(254, Math.max(0, margin)), Math.min(255, gateways));
}

/** When the frame ended, in GPS time: seconds, and 256ths of one; of a gateway without a right clock, when it came. */
function deviceTimeAns({ receptions, intake }: CollectedFrame): Buffer {
  const came = Date.parse(intake.receivedTime);
  const said = Date.parse(receptions[0]?.time ?? '');
  const heard = Math.abs(said - came) < CLOCK_TOLERANCE ? said : came;
  const milliseconds = heard - GPS_EPOCH + LEAP_SECONDS * 1000;
  const answer = Buffer.alloc(6);
  answer[0] = 0x0d;
  answer.writeUInt32LE(Math.floor(milliseconds / 1000) % 2 ** 32, 1);
  answer[5] = Math.floor(((milliseconds % 1000) * 256) / 1000);
  return answer;
}
