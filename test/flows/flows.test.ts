import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { areaFlows, type FlowFileNode, optionalFlows } from '../../app/shipped-flows.ts';
import { LANGUAGES } from '../../nodes/observation/messages.ts';
import { coreTypes, ownForms } from './forms.ts';

/** What every node has beside the properties of its form. */
const COMMON = ['id', 'type', 'z', 'x', 'y', 'wires', 'info', 'd', 'g'];
/** Properties that people read, in the editor or in an alarm. */
const TEXTS = ['label', 'info', 'name', 'alarm', 'title', 'publisher'];
/** What a translation may change beside texts: places on the canvas, and the language of the pages. */
const NO_TEXTS = ['x', 'y', 'language'];
const SECRET = /password|secret|token|credential|api_?key/i;
/** Both languages of a dataset are in its form. */
const BILINGUAL = /(Nb|En)$/;

const forms = ownForms();
const core = coreTypes();

function wiresOf({ wires }: FlowFileNode): string[] {
  return ((wires ?? []) as string[][]).flat();
}

for (const language of LANGUAGES) {
  for (const [area, nodes] of [...areaFlows(language), ...optionalFlows(language)]) {
    describe(`shipped flow ${area} in ${language}`, () => {
      const byId = new Map(nodes.map((node) => [node.id, node]));
      const [tab, ...others] = nodes.filter(({ type }) => type === 'tab');

      it('is one tab of nodes that exist', () => {
        assert.ok(tab && others.length === 0);
        assert.equal(byId.size, nodes.length, 'an id stands twice');
        for (const { type, z } of nodes) {
          assert.ok(forms.has(String(type)) || core.has(String(type)), `no node type ${type}`);
          assert.ok(z === undefined || z === tab.id, `${type} is on another tab`);
        }
      });

      it('has wires that lead to nodes of the flow, from left to right or on to the next row', () => {
        for (const node of nodes) {
          for (const target of wiresOf(node).map((id) => byId.get(id))) {
            assert.equal(target?.z, node.z, `${node.id} leads nowhere`);
            const forward = Number(target?.x) > Number(node.x) || Number(target?.y) > Number(node.y);
            assert.ok(forward, `${node.id} -> ${target?.id}`);
          }
        }
      });

      it('has every property of every form, and no other', () => {
        for (const node of nodes) {
          const form = forms.get(String(node.type));
          if (!form) continue;
          const own = Object.keys(node).filter((name) => !COMMON.includes(name));
          assert.deepEqual(own.sort(), Object.keys(form).sort(), node.id);
        }
      });

      it('refers to configuration nodes that it brings along', () => {
        for (const node of nodes) {
          for (const [name, { type }] of Object.entries(forms.get(String(node.type)) ?? {})) {
            if (type?.startsWith('byflyt-')) {
              assert.equal(byId.get(String(node[name]))?.type, type, `${node.id}: ${name}`);
            }
          }
        }
      });

      it('shows its errors', () => {
        const catching = nodes.filter(({ type, scope }) => type === 'catch' && scope === null);
        assert.equal(catching.length, 1);
        assert.ok(catching.every((node) => wiresOf(node).length > 0));
      });

      it('holds no secret and no address', () => {
        for (const [name, value] of nodes.flatMap((node) => Object.entries(node))) {
          assert.doesNotMatch(name, SECRET);
          assert.doesNotMatch(String(value), /\w+:\/\//, name);
        }
      });

      it('explains itself in the tab and names what people look for', () => {
        assert.ok(String(tab?.info).length > 50);
        const unnamed = nodes.filter(
          ({ type, name }) => ['debug', 'inject', 'change', 'catch'].includes(String(type)) && !name,
        );
        assert.deepEqual(unnamed, []);
      });
    });
  }
}

for (const [folder, flowsIn] of [
  ['flows', areaFlows],
  ['flows/optional', optionalFlows],
] as const) {
  describe(`texts of ${folder}`, () => {
    const nodes = [...flowsIn('en-US').values()].flat();
    const original = new Map(nodes.map((node) => [node.id, node]));
    const path = join(import.meta.dirname, '../..', folder, 'locales/nb.json');
    const translation = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, unknown>>;

    it('share configuration nodes that are the same in each file', () => {
      for (const node of nodes) {
        assert.deepEqual(node, original.get(node.id));
      }
    });

    it('are translated into Norwegian, every text and nothing else', () => {
      const texts = [...original.values()].flatMap((node) =>
        TEXTS.filter((name) => typeof node[name] === 'string' && node[name] !== '').map(
          (name) => `${node.id} ${name}`,
        ),
      );
      const translated = Object.entries(translation).flatMap(([id, properties]) =>
        Object.keys(properties)
          .filter((name) => !NO_TEXTS.includes(name))
          .map((name) => `${id} ${name}`),
      );
      assert.deepEqual(translated.sort(), texts.sort());
    });

    it('say something else in Norwegian than in English', () => {
      for (const [id, properties] of Object.entries(translation)) {
        for (const [name, text] of Object.entries(properties)) {
          assert.notEqual(text, original.get(id)?.[name], `${id} ${name}`);
        }
      }
    });

    it('have the texts that the public reads in both languages', () => {
      for (const node of original.values()) {
        for (const name of Object.keys(node).filter((key) => BILINGUAL.test(key))) {
          assert.ok(String(node[name]).trim() !== '', `${node.id} ${name}`);
        }
      }
    });
  });
}
