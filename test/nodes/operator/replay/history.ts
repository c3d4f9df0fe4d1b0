/** A municipality with a past: messages that went through a flow, on real files and a real database. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ModelCatalog } from '../../../../nodes/codec/models.ts';
import type { Device } from '../../../../nodes/devices/device.ts';
import { type DeviceRegistry, openRegistry } from '../../../../nodes/devices/registry.ts';
import { LorawanDecoder } from '../../../../nodes/lorawan/decoder.ts';
import { FlowDecoder } from '../../../../nodes/lorawan/flow-decoder.ts';
import type { Value } from '../../../../nodes/observation/observation.ts';
import type { Lane } from '../../../../nodes/operator/replay/lanes.ts';
import { ReplayService } from '../../../../nodes/operator/replay/replay-service.ts';
import { type DataFolder, openDataFolder } from '../../../../nodes/persistence/data-folder.ts';
import { leaveOut } from '../../../../nodes/persistence/leave-out.ts';
import { QualityChecker } from '../../../../nodes/quality/quality-check.ts';
import type { DatabaseTarget } from '../../../../nodes/timeseries/database-settings.ts';
import { Database } from '../../../../nodes/timeseries/open-database.ts';
import { saveObservation } from '../../../../nodes/timeseries/save-observation.ts';
import { eventually } from '../../../support/eventually.ts';
import { tempFolder } from '../../../support/servers.ts';
import { uplink } from '../../lorawan/town.ts';

const SECRET = 'a credential secret for tests';
/** The catalog and its codecs look at their files once a second. */
const NEXT_LOOK = 1100;
const HOUR = 3_600_000;
/** The first message arrives a few hours ago. */
export const START = Math.floor(Date.now() / HOUR) * HOUR - 12 * HOUR;

export const THERMOMETER: Device = {
  id: 'thermometer',
  name: 'Thermometer',
  area: 'building',
  site: 'School',
  model: 'own-thermometer',
  devEui: 'a840410000000001',
};
export const NEIGHBOUR: Device = {
  ...THERMOMETER,
  id: 'neighbour',
  name: 'Neighbour',
  devEui: 'a840410000000002',
};
const MODEL = {
  id: 'own-thermometer',
  vendor: 'We',
  name: 'Thermometer',
  codec: 'own.js',
  mappings: [
    { from: 't', quantity: 'air_temperature' },
    { from: 'h', quantity: 'relative_humidity' },
    { from: 'v', quantity: 'battery_voltage' },
  ],
  interval: 60,
};

/** Tenths of a degree in the first byte, humidity in the second, tenths of a volt in the third. */
export const RIGHT = 'data: { t: bytes[0] / 10, h: bytes[1], v: bytes[2] / 10 }';

export class History {
  readonly path: string;
  readonly registry: DeviceRegistry;
  readonly models: ModelCatalog;
  readonly folder: DataFolder;
  readonly database: Database;
  readonly service: ReplayService;
  /** Whether the flow has a quality check. */
  hasCheck = true;
  #sent = 0;

  private constructor(path: string, target: DatabaseTarget) {
    this.path = path;
    this.registry = openRegistry(path, SECRET);
    this.models = ModelCatalog.open(path);
    this.folder = openDataFolder(path);
    this.database = new Database({ target, folder: this.folder, id: 'test' });
    this.service = new ReplayService(() => ({
      registry: this.registry,
      models: this.models,
      lanes: [this.#lane()],
      folder: openDataFolder(path),
    }));
  }

  /** With two thermometers whose codec returns `result`. */
  static async begin(result: string, target: DatabaseTarget = { kind: 'embedded' }): Promise<History> {
    const path = await tempFolder();
    for (const name of ['models', 'codecs']) mkdirSync(join(path, name));
    writeFileSync(join(path, 'models/own.json'), JSON.stringify(MODEL));
    writeCodec(path, result);
    const history = new History(path, target);
    history.registry.saveAll([{ device: THERMOMETER }, { device: NEIGHBOUR }]);
    return history;
  }

  /** Somebody corrects the codec. */
  async correct(result: string): Promise<void> {
    writeCodec(this.path, result);
    await delay(NEXT_LOOK);
  }

  /** A message arrives and goes through the flow; `hour`: since `START`. Returns its journal id. */
  async receive(
    hour: number,
    hex: string,
    options: { device?: Device; leavesOut?: boolean } = {},
  ): Promise<string> {
    const { device = THERMOMETER, leavesOut = false } = options;
    const receivedTime = new Date(START + hour * HOUR).toISOString();
    const body = uplink(device.devEui ?? '', hex, { f_cnt: ++this.#sent, rx_metadata: [] });
    const payload = { ...body, received_at: receivedTime };
    const journalId = await this.folder.journal.append({
      transport: 'mqtt/intake',
      topic: 'v3/town/devices/x/up',
      body: Buffer.from(JSON.stringify(payload)),
      receivedTime,
    });
    const intake = { journalId, receivedTime, transport: 'mqtt' };
    const { readings } = await new FlowDecoder(this.#liveDecoder(), this.folder.journal).decode({
      payload,
      intake,
    });
    for (const reading of readings) {
      if (leavesOut) leaveOut(this.folder.journal, reading, 'a filter');
      else saveObservation(this.database, { ...reading.payload, ...this.#quality(reading.payload) }, reading);
    }
    return journalId;
  }

  /** Hours since `START` -> values of a device in a measurement, as the database has them now. */
  async saved(
    measurement = 'building',
    device = THERMOMETER,
  ): Promise<Record<number, Record<string, Value>>> {
    await this.database.flush();
    const fields = ['air_temperature', 'relative_humidity', 'battery_voltage'].flatMap((id) => [
      id,
      `${id}_qc`,
    ]);
    const query = { measurement, fields, where: { device: device.id } };
    const rows = await this.database.store(device.sandbox === true).query(query);
    return Object.fromEntries(rows.map(({ time, values }) => [(time - START) / HOUR, values]));
  }

  /** Runs a preview, and writes if told to. Resolves when it has ended. */
  async replay({ write = false, marksGone = true, devices = [THERMOMETER.id], from = START - HOUR } = {}) {
    await this.database.flush();
    this.service.preview({ devices, from, to: Date.now() });
    await this.ended();
    if (write) {
      this.service.write({ marksGone });
      await this.ended();
      await this.database.flush();
    }
    return this.service.job;
  }

  async ended(): Promise<void> {
    await eventually(() => {
      if (this.service.job?.state === 'running') throw new Error('the replay runs');
    });
  }

  async end(): Promise<void> {
    await this.service.cancel();
    await this.database.close();
    this.folder.release();
    rmSync(this.path, { recursive: true, force: true });
  }

  #liveDecoder(): LorawanDecoder {
    const { registry, models, folder } = this;
    return new LorawanDecoder({ registry, models, state: folder.state, scope: 'live' });
  }

  #quality(observation: Parameters<QualityChecker['check']>[0]) {
    return this.hasCheck
      ? { quality: new QualityChecker({ state: this.folder.state }).check(observation) }
      : {};
  }

  #lane(): Lane {
    const { models } = this;
    return {
      decoderFor: (own) => new LorawanDecoder({ models, scope: 'live', ...own }),
      checkerWith: this.hasCheck ? (options) => new QualityChecker(options) : undefined,
      databases: [this.database],
    };
  }
}

function writeCodec(path: string, result: string): void {
  const source = `function decodeUplink({ bytes }) { return { ${result} }; }`;
  writeFileSync(join(path, 'codecs/own.js'), source);
}
