/** How a resource's bytes are read: OMA LwM2M TS 1.1, appendix C. `secret`: a key, which is never shown or kept. */
export type ResourceType = 'string' | 'integer' | 'float' | 'boolean' | 'opaque' | 'time' | 'link' | 'secret';

type Resources = Readonly<Record<number, ResourceType>>;

/** Resource ids by type: `{ integer: [1, 2] }` -> `{ 1: 'integer', 2: 'integer' }`. */
function typed(ids: Partial<Record<ResourceType, readonly number[]>>): Resources {
  const entries = Object.entries(ids) as [ResourceType, readonly number[]][];
  return Object.fromEntries(entries.flatMap(([type, numbers]) => numbers.map((id) => [id, type])));
}

/** Objects of the OMA LwM2M registry, by id; executable resources are left out, they have no value. */
const OBJECTS: Readonly<Record<number, Resources>> = {
  // Security, server, access control
  0: typed({
    string: [0],
    boolean: [1],
    integer: [2, 6, 7, 8, 10, 11, 12],
    secret: [3, 4, 5, 9],
    link: [17],
  }),
  1: typed({ integer: [0, 1, 2, 3, 5, 13, 14, 15], boolean: [6, 16, 23], string: [7, 11, 22], link: [10] }),
  2: typed({ integer: [0, 1, 2, 3] }),
  // Device, connectivity, firmware, location
  3: typed({
    string: [0, 1, 2, 3, 14, 15, 16, 17, 18, 19],
    integer: [6, 7, 8, 9, 10, 11, 20, 21],
    time: [13],
  }),
  4: typed({ integer: [0, 1, 2, 3, 6, 8, 9, 10, 11, 12], string: [4, 5, 7] }),
  5: typed({ opaque: [0], string: [1, 6, 7], integer: [3, 5, 8, 9] }),
  6: typed({ float: [0, 1, 2, 3, 6], opaque: [4], time: [5] }),
  7: typed({ integer: [0, 1, 2, 3, 4, 5, 8] }),
  // Of the specification's own examples (TS 1.0, section 6.4.3.2)
  65: typed({ link: [0], string: [1], integer: [2] }),
  66: typed({ string: [0, 1], link: [2] }),
  67: typed({ string: [0, 1], link: [2] }),
};

/** Resources that all IPSO objects share: IPSO Smart Objects, starter pack and expansion pack. */
const REUSABLE: Resources = typed({
  boolean: [5500, 5532, 5533, 5534, 5546, 5547, 5548, 5800, 5850, 5903],
  integer: [5501, 5502, 5503, 5504, 5505, 5542, 5544, 5703, 5851, 5852, 5854, 5855, 5856, 5860],
  time: [5506, 5518],
  string: [
    5514, 5515, 5516, 5527, 5528, 5529, 5530, 5531, 5545, 5549, 5550, 5553, 5701, 5706, 5750, 5751, 5752,
  ],
  float: [
    5517, 5519, 5520, 5521, 5522, 5523, 5524, 5525, 5526, 5536, 5537, 5538, 5539, 5540, 5541, 5543, 5600,
    5601, 5602, 5603, 5604, 5700, 5702, 5704, 5705, 5707, 5709, 5805, 5810, 5811, 5815, 5820, 5821, 5822,
    5823, 5824, 5825, 5900,
  ],
  opaque: [5510, 5512, 5910],
});

/** Type of a resource; undefined if neither its object nor IPSO's common resources say. */
export function resourceType(object: number | undefined, resource: number): ResourceType | undefined {
  const own = object === undefined ? undefined : OBJECTS[object]?.[resource];
  return own ?? REUSABLE[resource];
}
