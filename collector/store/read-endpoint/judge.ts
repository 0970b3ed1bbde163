/**
 * Decides whether a statement may run, by the tree that the engine's own parser makes of it. A
 * regular expression over the text would have to know every quote, comment and alias that the
 * parser knows. `readonly=1`, which the connection has as well, lets INTO OUTFILE, `file('…')` and
 * KILL pass.
 */
import { NODE_KINDS, SHOW_SHAPES, SYSTEM_TABLES, TABLE_FUNCTIONS } from './allowed.ts';
import type { AllowedFunctions } from './functions.ts';
import { ReadError, refused } from './refused.ts';
import { type Ask, readStatement, type Statement } from './statement.ts';
import { bindAll } from './parameters.ts';
import { type Node, readTree } from './tree.ts';

export type Database = 'tallyd' | 'system';

/** Parts that the tree shows badly or not at all; in the formatted statement they are plain. */
const CLAUSES: [clause: RegExp, what: string][] = [
  [/\bINTO OUTFILE\b/, 'INTO OUTFILE'],
  [/\bPARALLEL WITH\b/, 'PARALLEL WITH'],
  [/(?<!^SHOW |^SHOW CHANGED )\bSETTINGS\b/, 'SETTINGS'],
  [/\bAPPLY\b/, 'APPLY (write the columns out)'],
];

/** Databases of the engine that a name may begin with; other first parts are aliases of tables. */
const OTHER_DATABASES = new Set([
  'default',
  'information_schema',
  'INFORMATION_SCHEMA',
  '_temporary_and_external_tables',
]);

/**
 * Resolves when the statement may run.
 * @throws ReadError with 497 when it may not, ClickHouseError when it cannot be parsed.
 */
export async function judge(
  text: string,
  question: { database: Database; params: Record<string, string> },
  ask: Ask,
  functions: AllowedFunctions,
): Promise<Statement> {
  const statement = await readStatement(text, ask);
  const { skeleton } = statement;
  for (const [clause, what] of CLAUSES) if (clause.test(skeleton)) throw refused(what);
  const keyword = /^\(*([A-Z]+)/.exec(skeleton)?.[1] ?? '';
  if (keyword === 'SHOW' || keyword === 'EXISTS') {
    if (SHOW_SHAPES.some((shape) => shape.test(skeleton))) return statement;
    throw refused(`this form of ${keyword}`);
  }
  if (!['SELECT', 'WITH', 'DESCRIBE', 'EXPLAIN'].includes(keyword))
    throw refused(keyword || 'this statement');
  refuseStrangeNames(skeleton, question.params);
  const tree = readTree(await ask(`EXPLAIN AST ${text}`, bindAll(question.params, skeleton)));
  for (const node of tree) judgeNode(node, question.database, functions);
  return statement;
}

/** A parameter for a name is put into the tree as it is, where a line break could pass for a node. */
function refuseStrangeNames(skeleton: string, params: Record<string, string>): void {
  for (const [name, value] of Object.entries(params)) {
    if (skeleton.includes(`{${name}:Identifier}`) && !/^\w+(?:\.\w+)*$/.test(value))
      throw new ReadError(36, 'BAD_ARGUMENTS', `the parameter ${name} is not a plain name`);
  }
}

function judgeNode(node: Node, database: Database, functions: AllowedFunctions): void {
  switch (node.kind) {
    case 'TableIdentifier':
      return judgeTable(node.label, database);
    case 'Identifier':
      return judgeIdentifier(node, database);
    case 'Function':
      return judgeFunction(node, functions);
    case 'Explain':
      if (/^EXPLAIN(?: (?:AST|SYNTAX|QUERY TREE|PLAN|PIPELINE|ESTIMATE))?$/.test(node.label)) return;
      throw refused(node.label);
    case 'Set':
      // the settings of EXPLAIN itself
      if (node.parent?.kind === 'Explain') return;
      throw refused('SETTINGS');
    default:
      if (!NODE_KINDS.has(node.kind)) throw refused(node.kind);
  }
}

/** A name of one part is a table of the current database, or a name that WITH gave. */
function judgeTable(name: string, database: Database): void {
  const dot = name.indexOf('.');
  const owner = dot === -1 ? database : name.slice(0, dot);
  if (owner === 'tallyd') return;
  if (owner === 'system' && SYSTEM_TABLES.has(name.slice(dot + 1))) return;
  throw refused(`the table ${name}`);
}

/** A column, or a table after IN. */
function judgeIdentifier(node: Node, database: Database): void {
  const name = node.label;
  const owner = name.includes('.') ? name.slice(0, name.indexOf('.')) : '';
  if (owner === 'system' || OTHER_DATABASES.has(owner)) judgeTable(name, database);
  else if (owner === '' && database === 'system' && isArgumentOfIn(node)) judgeTable(name, database);
}

function judgeFunction(node: Node, functions: AllowedFunctions): void {
  const name = node.label;
  if (node.parent?.kind === 'TableExpression') {
    if (TABLE_FUNCTIONS.has(name.toLowerCase())) return;
    throw refused(`the table function ${name}`);
  }
  const isTable = isArgumentOfIn(node) && TABLE_FUNCTIONS.has(name.toLowerCase());
  if (!isTable && !functions.has(name)) throw refused(`the function ${name}`);
  if (!functions.readsDictionary(name)) return;
  const source = node.children[0]?.children[0];
  if (source && /^'?tallyd\.\w+'?$/.test(source.label)) return;
  throw refused(`${name} of a dictionary whose name is not written out as 'tallyd.…'`);
}

/** `x IN numbers(3)` and `x IN one` name tables. */
function isArgumentOfIn(node: Node): boolean {
  return /^(?:global)?(?:not)?(?:null)?in$/i.test(node.parent?.parent?.label ?? '');
}
