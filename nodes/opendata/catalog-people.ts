import type { CatalogContext } from './catalog-parts.ts';
import type { Publisher } from './dataset.ts';
import type { Graph } from './rdf.ts';
import { LOCAL_AUTHORITY } from './vocabularies.ts';

/** The organisation that publishes. In Denmark it is also the one that answers for the data by law. */
export function addAgent({ graph, country }: CatalogContext, publisher: Publisher, iri: string): void {
  const { name, homepage, organisationNumber } = publisher;
  graph.add(iri, country === 'DK' ? ['foaf:Agent', 'org:Organization'] : 'foaf:Agent', {
    'foaf:name': { value: name },
    'skos:prefLabel': country === 'DK' ? { value: name } : undefined,
    'dct:identifier': organisationNumber ? { value: organisationNumber } : undefined,
    'foaf:homepage': homepage ? { iri: homepage } : undefined,
    'dct:type': { iri: LOCAL_AUTHORITY },
  });
  if (homepage) graph.add(homepage, 'foaf:Document', {});
}

type Contact = Pick<Publisher, 'name' | 'contactName' | 'contactEmail' | 'contactPhone' | 'contactPage'>;

/** Whom to ask; false if nobody said. The Swedish profile wants an organization, which is a kind of the other. */
export function addContact(graph: Graph, contact: Contact, iri: string): boolean {
  const { name, contactName, contactEmail, contactPhone, contactPage } = contact;
  if (!contactEmail && !contactPage) return false;
  graph.add(iri, ['vcard:Kind', 'vcard:Organization'], {
    'vcard:fn': { value: contactName ?? name },
    'vcard:hasEmail': contactEmail ? { iri: `mailto:${contactEmail}` } : undefined,
    'vcard:hasTelephone': contactPhone ? { iri: `${iri}-telephone` } : undefined,
    'vcard:hasURL': contactPage ? { iri: contactPage } : undefined,
  });
  if (contactPhone) {
    graph.add(`${iri}-telephone`, 'vcard:Voice', {
      'vcard:hasValue': { iri: `tel:${contactPhone.replace(/[^+\d]/g, '')}` },
    });
  }
  return true;
}
