/**
 * How a resource's bytes are read: OMA LwM2M TS 1.1, appendix C. `unsigned`: the same as `integer` but for its highest
 * bit. `secret`: a key, which is never shown or kept.
 */
export type ResourceType =
  | 'string'
  | 'integer'
  | 'unsigned'
  | 'float'
  | 'boolean'
  | 'opaque'
  | 'time'
  | 'link'
  | 'secret';

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
    string: [0, 9],
    boolean: [1],
    integer: [2, 6, 10, 11, 12],
    secret: [3, 4, 5, 7, 8],
    link: [17],
  }),
  1: typed({
    integer: [0, 2, 3, 5],
    unsigned: [1, 11, 13, 14, 17, 18, 19, 20],
    time: [12],
    boolean: [6, 15, 16, 21, 23],
    string: [7, 22],
    link: [10],
  }),
  2: typed({ integer: [0, 1, 2, 3] }),
  // Device, connectivity, firmware, location
  3: typed({
    string: [0, 1, 2, 3, 14, 15, 16, 17, 18, 19],
    integer: [6, 7, 8, 9, 10, 11, 20, 21],
    time: [13],
    link: [22],
  }),
  4: typed({ integer: [0, 1, 2, 3, 6, 8, 9, 10, 11, 12, 13], string: [4, 5, 7] }),
  5: typed({ opaque: [0], string: [1, 6, 7], integer: [3, 5, 8, 9] }),
  6: typed({ float: [0, 1, 2, 3, 6], opaque: [4], time: [5] }),
  7: typed({ integer: [0, 1, 2, 3, 4, 5, 8] }),
  // OSCORE: master secret and salt
  21: typed({ secret: [0, 5] }),
  // Of the specification's own examples (TS 1.0, section 6.4.3.2)
  65: typed({ link: [0], string: [1], integer: [2] }),
  66: typed({ string: [0, 1], link: [2] }),
  67: typed({ string: [0, 1], link: [2] }),
};

/** Resources that objects of any kind may have: OMA LwM2M registry, reusable resources. */
const REUSABLE: Resources = typed({
  boolean: [5500, 5502, 5532, 5533, 5543, 5550, 5551, 5850],
  integer: [
    5501, 5503, 5504, 5526, 5528, 5529, 5534, 5541, 5542, 5545, 5546, 5547, 5825, 5826, 5827, 5828, 5851,
    5852, 5854, 5903, 5904, 5910, 6042, 6049,
  ],
  time: [5506, 5518, 5824],
  string: [5514, 5515, 5516, 5527, 5701, 5706, 5750, 5751, 5823, 5853, 5905, 5906, 5907, 5908, 5912],
  float: [
    5507, 5508, 5509, 5510, 5511, 5512, 5513, 5519, 5520, 5521, 5524, 5525, 5531, 5535, 5536, 5537, 5538,
    5544, 5548, 5600, 5601, 5602, 5603, 5604, 5650, 5700, 5702, 5703, 5704, 5705, 5800, 5801, 5802, 5803,
    5804, 5805, 5806, 5810, 5811, 5812, 5813, 5814, 5815, 5816, 5820, 5821, 5900,
  ],
  opaque: [5517, 5522],
});

/** Type of a resource; undefined if neither its object nor the reusable resources say. */
export function resourceType(object: number | undefined, resource: number): ResourceType | undefined {
  const own = object === undefined ? undefined : OBJECTS[object]?.[resource];
  return own ?? REUSABLE[resource];
}
