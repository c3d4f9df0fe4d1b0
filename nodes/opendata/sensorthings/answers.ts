import type { Budget } from './budget.ts';
import type { Collections, Page } from './collections.ts';
import { type Entity, type Json, MODEL } from './model.ts';
import type { Expansion, Options } from './options.ts';

type Answer = Record<string, Json>;

/** Properties of an Observation in a table, in their order; `id` is how the standard calls `@iot.id` there. */
const COLUMNS = ['id', 'phenomenonTime', 'result', 'resultTime', 'resultQuality', 'validTime', 'parameters'];

/** Makes the JSON of entities (OGC 18-088, sections 8.1 and 9.3). */
export class Answers {
  readonly #collections: Collections;
  readonly #budget: Budget;
  readonly #root: string;

  /** `root`: address of the service root, without a slash at its end. */
  constructor(collections: Collections, budget: Budget, root: string) {
    this.#collections = collections;
    this.#budget = budget;
    this.#root = root;
  }

  /** Address of an entity. */
  selfLink({ set, id }: Entity): string {
    return `${this.#root}/${set}(${id})`;
  }

  /** An entity with what is selected of it and the entities that are put into it. */
  async entity(entity: Entity, { select, expand }: Pick<Options, 'select' | 'expand'>): Promise<Answer> {
    this.#budget.answer();
    const self = this.selfLink(entity);
    const isWanted = (name: string) => select === undefined || select.has(name);
    const { properties, navigation } = MODEL[entity.set];
    const answer: Answer = {};
    if (isWanted('id')) answer['@iot.id'] = entity.id;
    if (isWanted('selfLink')) answer['@iot.selfLink'] = self;
    for (const name of Object.keys(properties)) {
      const value = entity.properties[name];
      if (value !== undefined && isWanted(name)) answer[name] = value;
    }
    for (const name of Object.keys(navigation)) {
      const expansion = expand.find((candidate) => candidate.name === name);
      if (expansion) Object.assign(answer, await this.#expanded(entity, expansion));
      if (select ? select.has(name) : !expansion) answer[`${name}@iot.navigationLink`] = `${self}/${name}`;
    }
    return answer;
  }

  /** A collection; `address` is that of the request without its query. */
  async collection(page: Page, options: Options, address: string): Promise<Answer> {
    return {
      ...aboutPage(page, options, address),
      value: options.isDataArray
        ? this.#tables(page.entities, options)
        : await this.#entities(page.entities, options),
    };
  }

  async #entities(entities: readonly Entity[], options: Options): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const entity of entities) answers.push(await this.entity(entity, options));
    return answers;
  }

  /** The same with nothing of the entities but their addresses. */
  references(page: Page, options: Options, address: string): Answer {
    return {
      ...aboutPage(page, options, address),
      value: page.entities.map((entity) => ({ '@iot.selfLink': this.selfLink(entity) })),
    };
  }

  async #expanded(owner: Entity, { name, many, options }: Expansion): Promise<Answer> {
    const members = this.#collections.related(owner, name);
    if (!many && 'entities' in members) {
      const [only] = members.entities;
      return only ? { [name]: await this.entity(only, options) } : {};
    }
    const page = await this.#collections.page(members, options);
    return {
      ...aboutPage(page, options, `${this.selfLink(owner)}/${name}`, name),
      [name]: await this.#entities(page.entities, options),
    };
  }

  /** Observations as one table per Datastream (OGC 18-088, section 12.1). */
  #tables(observations: readonly Entity[], { select }: Options): Answer[] {
    const components = select ? COLUMNS.filter((name) => select.has(name)) : COLUMNS;
    const byDatastream = Map.groupBy(observations, ({ links }) => links.Datastream?.[0]);
    return [...byDatastream].flatMap(([datastream, members]) => {
      if (!datastream) return [];
      const dataArray = members.map(({ id, properties }) =>
        components.map((name) => (name === 'id' ? id : (properties[name] ?? null))),
      );
      return {
        'Datastream@iot.navigationLink': this.selfLink(datastream),
        components,
        'dataArray@iot.count': dataArray.length,
        dataArray,
      };
    });
  }
}

/** How many there are, if that is wanted, and the address of the next page, if there is one; of an expanded relation under its name. */
function aboutPage({ count, next }: Page, options: Options, address: string, name = ''): Answer {
  return {
    ...(count !== undefined && { [`${name}@iot.count`]: count }),
    ...(next && options.top > 0 && { [`${name}@iot.nextLink`]: nextLink(address, options, next) }),
  };
}

/** The same question from where this page ended. */
function nextLink(address: string, { given, top }: Options, next: NonNullable<Page['next']>): string {
  const kept = given.filter(([option]) => !['$top', '$skip', '$skiptoken'].includes(option));
  const paging: [string, string][] = [
    ['$top', String(top)],
    ['$skip', String(next.skip)],
    ...(next.token === undefined ? [] : [['$skiptoken', next.token] as [string, string]]),
  ];
  // Dollar signs stay as they are, which the standard's own examples show and people can read.
  const query = [...kept, ...paging]
    .map(([option, text]) => `${option}=${encodeURIComponent(text)}`)
    .join('&');
  return `${address}?${query}`;
}
