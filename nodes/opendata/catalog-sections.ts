import { catalogGraph } from './catalog.ts';
import { describeEntries } from './catalog-entries.ts';
import { COUNTRIES, type Country } from './dataset.ts';
import { negotiate } from './negotiation.ts';
import { RequestError, refuseOthers } from './parameters.ts';
import type { Graph } from './rdf.ts';
import { type Context, file, type Sections } from './request.ts';
import type { Content } from './response.ts';

/** Media type of a format of RDF -> what is sent, and how. */
const FORMATS = {
  'text/turtle': { type: 'text/turtle; charset=utf-8', write: (graph: Graph) => graph.toTurtle() },
  'application/ld+json': {
    type: 'application/ld+json',
    write: (graph: Graph) => JSON.stringify(graph.toJsonLd(), undefined, 1),
  },
  'application/rdf+xml': {
    type: 'application/rdf+xml; charset=utf-8',
    write: (graph: Graph) => graph.toRdfXml(),
  },
} as const;
type RdfType = keyof typeof FORMATS;

/** What harvesters ask for besides -> what they get. */
const ALSO: Readonly<Record<string, RdfType>> = {
  'application/json': 'application/ld+json',
  'application/xml': 'application/rdf+xml',
  'text/xml': 'application/rdf+xml',
};

/** Version of the profile that a catalogue follows. */
const PROFILES: Readonly<Record<Country, string>> = {
  NO: 'https://data.norge.no/specification/dcat-ap-no',
  SE: 'https://docs.dataportal.se/dcat/3.0.1/en/',
  DK: 'https://data.gov.dk/model/profile/dcat-ap-dk/',
  FI: 'https://semiceu.github.io/DCAT-AP/releases/3.0.1/',
  EU: 'https://semiceu.github.io/DCAT-AP/releases/3.0.1/',
};

/** The catalogue at one stable address, and at one for each format. */
export const CATALOG_SECTIONS: Sections<Context> = {
  catalog: file(negotiated),
  'catalog.ttl': file((context) => catalog(context, 'text/turtle')),
  'catalog.jsonld': file((context) => catalog(context, 'application/ld+json')),
  'catalog.rdf': file((context) => catalog(context, 'application/rdf+xml')),
};

async function negotiated(context: Context): Promise<Content> {
  const offered = ['text/turtle', ...Object.keys(FORMATS).slice(1), ...Object.keys(ALSO)] as const;
  const wanted = negotiate(context.headers.accept, offered as [string, ...string[]]);
  const type = ALSO[wanted] ?? (wanted as RdfType);
  return { ...(await catalog(context, type)), vary: 'Accept' };
}

/** After the profile of the publisher's country, or of another one (`?profile=SE`). Throws RequestError. */
function catalog({ site, options, owner, base, query }: Context, format: RdfType): Promise<Content> {
  refuseOthers(query, ['profile', 'lang']);
  const country = profileOf(query.get('profile')) ?? owner.country;
  const { type, write } = FORMATS[format];
  return site.answer(undefined, 'page', `catalog ${format} ${country} ${base}`, options.now(), async () => {
    const entries = await describeEntries(site.list(), site.publications?.log.changes);
    const body = write(catalogGraph(entries, owner, base, country));
    return { type, body, maxAge: 300, headers: { Link: `<${PROFILES[country]}>; rel="profile"` } };
  });
}

function profileOf(word: string | null): Country | undefined {
  if (word === null) return undefined;
  const country = COUNTRIES.find((candidate) => candidate === word.toUpperCase());
  if (country) return country;
  throw new RequestError({ key: 'opendata.request.profile', parameters: { known: COUNTRIES.join(', ') } });
}
