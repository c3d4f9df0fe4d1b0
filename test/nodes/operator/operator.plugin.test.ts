import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import operatorPlugin from '../../../nodes/operator/operator.plugin.ts';
import { tempFolder } from '../../support/servers.ts';

type Handler = (request: object, response: object) => void;

describe('operator plugin', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('answers while Node-RED has not read its flows yet, as on a slow machine', () => {
    const routes = new Map<string, Handler>();
    const guard: Handler = () => undefined;
    const red = {
      settings: { byflyt: { dataFolder: folder, language: 'en-US', timeZone: 'UTC' } },
      auth: { needsPermission: () => guard },
      events: new EventEmitter(),
      httpAdmin: {
        get: (path: string, ...handlers: Handler[]) => routes.set(path, handlers.at(-1) ?? guard),
        post: () => undefined,
      },
      httpNode: { get: () => undefined, post: () => undefined },
      log: console,
      nodes: {
        getNode: () => null,
        eachNode: () => {
          throw new TypeError("Cannot read properties of null (reading 'allNodes')");
        },
      },
    };
    operatorPlugin(red as unknown as NodeAPI);
    let answer = '';
    const response = {
      writeHead: () => response,
      end: (body: string) => {
        answer = body;
      },
    };
    const request = { url: '/byflyt/problems?lang=en', headers: {}, socket: {} };
    routes.get('/byflyt/problems')?.(request, response);
    assert.match(answer, /The flows are starting/);
  });
});
