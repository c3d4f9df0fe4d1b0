import type { Quad } from 'n3';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
/** Ends of IRIs that are names of XML elements. */
const LOCAL_NAME = /[A-Za-z_][\w.-]*$/;
/** Characters that XML 1.0 cannot hold in any spelling. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * Statements about named resources as RDF/XML (W3C Recommendation of 2014), one description per resource. Only for
 * graphs without blank nodes. Names of properties that no prefix fits are declared where they stand.
 */
export function toRdfXml(quads: readonly Quad[], prefixes: Readonly<Record<string, string>>): string {
  const declarations = Object.entries({ rdf: RDF, ...prefixes }).map(
    ([prefix, iri]) => ` xmlns:${prefix}="${escaped(iri)}"`,
  );
  const subjects = Map.groupBy(quads, ({ subject }) => subject.value);
  const descriptions = [...subjects].map(([iri, statements]) => description(iri, statements, prefixes));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF${declarations.join('')}>\n${descriptions.join('')}</rdf:RDF>\n`;
}

function description(
  iri: string,
  statements: readonly Quad[],
  prefixes: Readonly<Record<string, string>>,
): string {
  const properties = statements.map(({ predicate, object }) => {
    const { name, declaration } = elementName(predicate.value, prefixes);
    if (object.termType === 'NamedNode') {
      return `  <${name}${declaration} rdf:resource="${escaped(object.value)}"/>\n`;
    }
    if (object.termType !== 'Literal') throw new TypeError(`${object.termType} in ${iri}`);
    const { language, datatype, value } = object;
    const isPlain = datatype.value.endsWith('#string');
    const kind = language
      ? ` xml:lang="${escaped(language)}"`
      : isPlain
        ? ''
        : ` rdf:datatype="${escaped(datatype.value)}"`;
    return `  <${name}${declaration}${kind}>${escaped(value)}</${name}>\n`;
  });
  return `<rdf:Description rdf:about="${escaped(iri)}">\n${properties.join('')}</rdf:Description>\n`;
}

function elementName(iri: string, prefixes: Readonly<Record<string, string>>) {
  for (const [prefix, namespace] of Object.entries({ rdf: RDF, ...prefixes })) {
    const local = iri.slice(namespace.length);
    if (iri.startsWith(namespace) && LOCAL_NAME.exec(local)?.index === 0) {
      return { name: `${prefix}:${local}`, declaration: '' };
    }
  }
  const local = LOCAL_NAME.exec(iri)?.[0];
  if (local === undefined) throw new TypeError(`no element name in ${iri}`);
  const namespace = iri.slice(0, -local.length);
  return { name: `own:${local}`, declaration: ` xmlns:own="${escaped(namespace)}"` };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Else a reader would make a line break or a space of them.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

function escaped(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>"\r\n\t]/g, (character) => ENTITIES[character] ?? '');
}
