import { DataFactory, type Quad } from 'n3';

const { literal, namedNode, quad } = DataFactory;
const TYPE = namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type');

type Node = { '@id': string } & Record<string, unknown>;

/** The statements of a JSON-LD document of this shape: a context of prefixes, and a graph of flat named nodes. */
export function quadsOfJsonLd(text: string): Quad[] {
  const document = JSON.parse(text) as { '@context': Record<string, string>; '@graph': Node[] };
  const context = document['@context'];
  const expanded = (name: string) => {
    const [prefix = '', local = ''] = name.split(/:(.*)/s, 2);
    const namespace = context[prefix];
    return namedNode(namespace === undefined ? name : `${namespace}${local}`);
  };
  return document['@graph'].flatMap(({ '@id': id, ...properties }) =>
    Object.entries(properties).flatMap(([name, values]) =>
      [values].flat().map((value) => {
        if (name === '@type') return quad(expanded(id), TYPE, expanded(String(value)));
        return quad(expanded(id), expanded(name), termOf(value, expanded));
      }),
    ),
  );
}

function termOf(value: unknown, expanded: (name: string) => ReturnType<typeof namedNode>) {
  if (typeof value === 'string') return literal(value);
  const { '@id': id, '@value': text, '@language': language, '@type': type } = value as Record<string, string>;
  if (id !== undefined) return expanded(id);
  if (text === undefined) throw new Error(`no term: ${JSON.stringify(value)}`);
  return literal(text, language ?? (type === undefined ? undefined : expanded(type)));
}
