/**
 * The tree that `EXPLAIN AST` prints: a node per line, one space per level, a kind, what the kind
 * shows of itself, an alias and the number of children.
 */
export interface Node {
  kind: string;
  /** What follows the kind: a function's or a table's name, a literal. */
  label: string;
  parent: Node | undefined;
  children: Node[];
}

/** Reads the printed tree. Nodes come in the order in which they are printed. */
export function readTree(text: string): Node[] {
  const nodes: Node[] = [];
  const open: Node[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const depth = line.length - line.trimStart().length;
    const shown = line
      .trim()
      .replace(/ \(children \d+\)$/, '')
      .replace(/ \(alias .*\)$/, '');
    const space = shown.indexOf(' ');
    const parent = depth === 0 ? undefined : open[depth - 1];
    const node: Node = {
      kind: space === -1 ? shown : shown.slice(0, space),
      label: space === -1 ? '' : shown.slice(space + 1),
      parent,
      children: [],
    };
    parent?.children.push(node);
    open[depth] = node;
    open.length = depth + 1;
    nodes.push(node);
  }
  return nodes;
}
