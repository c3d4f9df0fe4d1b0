import { DataFactory, type Quad, type Term, Writer } from 'n3';
import { toRdfXml } from './rdf-xml.ts';

const { literal, namedNode, quad } = DataFactory;

const PREFIXES = {
  adms: 'http://www.w3.org/ns/adms#',
  dcat: 'http://www.w3.org/ns/dcat#',
  dcatap: 'http://data.europa.eu/r5r/',
  dcatdk: 'https://data.gov.dk/model/core/dcat-dk/',
  dct: 'http://purl.org/dc/terms/',
  eli: 'http://data.europa.eu/eli/ontology#',
  foaf: 'http://xmlns.com/foaf/0.1/',
  geosparql: 'http://www.opengis.net/ont/geosparql#',
  org: 'http://www.w3.org/ns/org#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  skos: 'http://www.w3.org/2004/02/skos/core#',
  vcard: 'http://www.w3.org/2006/vcard/ns#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

export type Prefix = keyof typeof PREFIXES;
/** `dct:title`: a name in one of the vocabularies above. */
export type Name = `${Prefix}:${string}`;

/** A statement's object: another resource, a text in a language, or a typed value. */
export type Value = { iri: string } | { text: string; language: string } | { value: string; type?: Name };

/** Statements about named resources; knows how to write itself in three formats. */
export class Graph {
  readonly #quads: Quad[] = [];

  /** Adds a resource of one class or several with its properties; absent values are left out. */
  add(
    iri: string,
    types: Name | readonly Name[],
    properties: Partial<Record<Name, Value | readonly Value[] | undefined>>,
  ): void {
    for (const type of [types].flat()) {
      this.#quads.push(quad(namedNode(iri), namedNode(TYPE), namedNode(expand(type))));
    }
    for (const [name, values] of Object.entries(properties)) {
      for (const value of [values ?? []].flat()) {
        this.#quads.push(quad(namedNode(iri), namedNode(expand(name)), objectOf(value)));
      }
    }
  }

  toTurtle(): string {
    let written = '';
    const writer = new Writer({ prefixes: PREFIXES });
    writer.addQuads(this.#quads);
    writer.end((error, result: string) => {
      if (error) throw error;
      written = result;
    });
    return written;
  }

  toRdfXml(): string {
    return toRdfXml(this.#quads, PREFIXES);
  }

  /** JSON-LD with a context of prefixes and one node per resource. */
  toJsonLd(): object {
    const nodes = new Map<string, Record<string, unknown>>();
    for (const { subject, predicate, object } of this.#quads) {
      const node = nodes.get(subject.value) ?? { '@id': subject.value };
      nodes.set(subject.value, node);
      const isType = predicate.value === TYPE;
      const name = isType ? '@type' : compact(predicate.value);
      const value = isType ? compact(object.value) : jsonLdValue(object);
      node[name] = name in node ? [node[name], value].flat() : value;
    }
    return { '@context': PREFIXES, '@graph': [...nodes.values()] };
  }
}

function expand(name: string): string {
  const [prefix = '', local = ''] = name.split(':', 2);
  return `${PREFIXES[prefix as Prefix]}${local}`;
}

function compact(iri: string): string {
  for (const [prefix, namespace] of Object.entries(PREFIXES)) {
    if (iri.startsWith(namespace)) return `${prefix}:${iri.slice(namespace.length)}`;
  }
  return iri;
}

function objectOf(value: Value) {
  if ('iri' in value) return namedNode(value.iri);
  if ('text' in value) return literal(value.text, value.language);
  return value.type ? literal(value.value, namedNode(expand(value.type))) : literal(value.value);
}

function jsonLdValue(term: Term): unknown {
  if (term.termType !== 'Literal') return { '@id': term.value };
  if (term.language) return { '@value': term.value, '@language': term.language };
  const type = compact(term.datatype.value);
  return type === 'xsd:string' ? term.value : { '@value': term.value, '@type': type };
}
