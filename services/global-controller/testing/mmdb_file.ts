/** What a made-up geographic database says of one network. */
export interface MmdbNetwork {
  /** Such as `192.0.2.0/24` or `2001:db8::/32`. */
  readonly network: string;
  readonly record: MmdbValue;
}

/** What the data section of such a database holds here. */
export type MmdbValue = string | number | { readonly [key: string]: MmdbValue };

/** Either child of a node of the search tree: another node, data, or nothing. */
type Child = TreeNode | { readonly dataOffset: number } | undefined;
interface TreeNode {
  readonly children: [Child, Child];
}

const METADATA_MARKER = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];
const DATA_SECTION_SEPARATOR_BYTES = 16;
const RECORD_BYTES = 3;
/** Types of the data section (MaxMind DB File Format 2.0, "Data field format"). */
const TYPE = { string: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const;

/**
 * Writes a database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), with an IPv6
 * tree in which IPv4 networks stand below ::/96.
 */
export function writeMmdb(networks: readonly MmdbNetwork[]): Uint8Array<ArrayBuffer> {
  const root: TreeNode = { children: [undefined, undefined] };
  const data: number[] = [];
  for (const { network, record } of networks) {
    insert(root, bitsOf(network), { dataOffset: data.length });
    data.push(...encode(record));
  }
  const nodes = collect(root);
  const index = new Map(nodes.map((node, position) => [node, position]));
  const recordOf = (child: Child): number => {
    if (child === undefined) return nodes.length;
    if ("children" in child) return index.get(child)!;
    return nodes.length + DATA_SECTION_SEPARATOR_BYTES + child.dataOffset;
  };
  const tree = nodes.flatMap(({ children }) =>
    children.flatMap((child) => bigEndian(recordOf(child), RECORD_BYTES))
  );
  return new Uint8Array([
    ...tree,
    ...new Array<number>(DATA_SECTION_SEPARATOR_BYTES).fill(0),
    ...data,
    ...METADATA_MARKER,
    ...metadata(nodes.length),
  ]);
}

function metadata(nodeCount: number): number[] {
  const fields: [string, number[]][] = [
    ["node_count", unsigned(TYPE.uint32, nodeCount, 4)],
    ["record_size", unsigned(TYPE.uint16, RECORD_BYTES * 8, 2)],
    ["ip_version", unsigned(TYPE.uint16, 6, 2)],
    ["database_type", encode("Test-City")],
    ["languages", [...control(TYPE.array, 1), ...encode("en")]],
    ["binary_format_major_version", unsigned(TYPE.uint16, 2, 2)],
    ["binary_format_minor_version", unsigned(TYPE.uint16, 0, 2)],
    ["build_epoch", unsigned(TYPE.uint64, 1_700_000_000, 8)],
    ["description", encode({ en: "made up" })],
  ];
  return [
    ...control(TYPE.map, fields.length),
    ...fields.flatMap(([name, value]) => [...encode(name), ...value]),
  ];
}

function encode(value: MmdbValue): number[] {
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return [...control(TYPE.string, bytes.length), ...bytes];
  }
  if (typeof value === "number") {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value);
    return [...control(TYPE.double, 8), ...bytes];
  }
  const entries = Object.entries(value);
  return [
    ...control(TYPE.map, entries.length),
    ...entries.flatMap(([name, field]) => [...encode(name), ...encode(field)]),
  ];
}

function unsigned(type: number, value: number, length: number): number[] {
  return [...control(type, length), ...bigEndian(value, length)];
}

/** The control byte, and the type's own byte for those above 7; sizes below 29 only. */
function control(type: number, size: number): number[] {
  if (size >= 29) throw new RangeError("this writer knows short values only");
  return type <= 7 ? [(type << 5) | size] : [size, type - 7];
}

function bigEndian(value: number, length: number): number[] {
  return Array.from(
    { length },
    (_, position) => Math.floor(value / 256 ** (length - 1 - position)) % 256,
  );
}

function insert(root: TreeNode, bits: string, data: Child): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node.children[Number(bit) as 0 | 1];
    if (next !== undefined && "children" in next) node = next;
    else {
      const added: TreeNode = { children: [undefined, undefined] };
      node.children[Number(bit) as 0 | 1] = added;
      node = added;
    }
  }
  node.children[Number(bits.at(-1)) as 0 | 1] = data;
}

function collect(root: TreeNode): TreeNode[] {
  const nodes = [root];
  for (const node of nodes) {
    for (const child of node.children) if (child && "children" in child) nodes.push(child);
  }
  return nodes;
}

/** The network's part of its address, as ones and zeros. */
function bitsOf(network: string): string {
  const [address = "", length = ""] = network.split("/");
  if (address.includes(".")) {
    const bits = address.split(".").map((part) => Number(part).toString(2).padStart(8, "0"));
    return "0".repeat(96) + bits.join("").slice(0, Number(length));
  }
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const before = groups(head);
  const after = groups(tail);
  const zeros = new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("").slice(0, Number(length));
}
