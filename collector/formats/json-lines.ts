/** Looking at the beginning of a JSON lines file, to recognise it. Reading it is the engine's work. */

/** The first objects of a head; lines that are cut off or are no objects are passed over. */
export function firstObjects(head: Buffer, most = 40): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  for (const line of head.toString('utf8').split('\n').slice(0, most)) {
    const text = line.trim();
    if (!text.startsWith('{')) continue;
    try {
      objects.push(JSON.parse(text) as Record<string, unknown>);
    } catch {
      // the last line of a head is often cut; a broken one says nothing about the format
    }
  }
  return objects;
}
