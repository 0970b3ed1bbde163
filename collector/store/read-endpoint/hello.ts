/**
 * What clickhouse-go asks first over HTTP, and how it must be answered.
 *
 * Asked with a protocol version, a server writes Native blocks in that version's layout, and so
 * clickhouse-go reads this one answer. All later ones it reads in the layout of the revision() that
 * it found here. The engine writes the layout of revision 0, so that is what it is told.
 */

/** The question, as the formatter writes it. */
export const HELLO = 'SELECT displayName(), version(), revision(), timezone()';

/** From here on a byte behind a column's type tells of a special serialisation. */
const CUSTOM_SERIALISATION = 54_454;

export interface Hello {
  displayName: string;
  version: string;
  timezone: string;
}

/**
 * One row in one Native block.
 *
 * @param revision the protocol version that the client speaks, not 0
 */
export function helloBlock({ displayName, version, timezone }: Hello, revision: number): Buffer {
  const zero = Buffer.alloc(4);
  const column = (name: string, type: string, data: Buffer) => [
    text(name),
    text(type),
    ...(revision >= CUSTOM_SERIALISATION ? [Buffer.of(0)] : []),
    data,
  ];
  return Buffer.concat([
    // the block's own: no overflow row, no bucket, the end
    Buffer.of(1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0),
    Buffer.of(4, 1),
    ...column('displayName()', 'String', text(displayName)),
    ...column('version()', 'String', text(version)),
    ...column('revision()', 'UInt32', zero),
    ...column('timezone()', 'String', text(timezone)),
  ]);
}

/** A string behind its length. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}
