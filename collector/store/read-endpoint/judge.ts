/**
 * Decides whether a statement may run, by the tree that the engine's own parser makes of it. A
 * regular expression over the text would have to know every quote, comment and alias that the
 * parser knows. `readonly=1`, which the connection has as well, lets INTO OUTFILE, `file('…')` and
 * KILL pass.
 */
import { NODE_KINDS, SHOW_SHAPES, SYSTEM_TABLES, TABLE_FUNCTIONS } from './allowed.ts';
import type { AllowedFunctions } from './functions.ts';
import { ReadError, refused } from './refused.ts';
import { type Ask, readStatement, type Statement, takeFilters } from './statement.ts';
import { checkParams, type Params } from './parameters.ts';
import { type Node, readTree } from './tree.ts';
import { sqlString } from '../sql.ts';

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

export interface Question {
  database: Database;
  params: Params;
}

/** A statement that may run. */
export interface Judged extends Statement {
  /** Whether its answer can be written where it is told to be written: only SELECT's, to be sure. */
  streams: boolean;
  /** Conditions on tables as a setting of the session, '' without any. */
  filters: string;
}

/** Does what is known to be harmless: `ask` runs statements, `bind` gives parameters their values. */
export interface Judging {
  ask: Ask;
  bind: (params: Params) => Promise<void>;
  functions: AllowedFunctions;
}

/**
 * Resolves when the statement may run.
 * @throws ReadError with 497 when it may not, ClickHouseError when it cannot be parsed.
 */
export async function judge(text: string, question: Question, judging: Judging): Promise<Judged> {
  const read = await readStatement(text, judging.ask);
  if (read.keyword !== 'SELECT' && read.keyword !== 'WITH') return await judgeOther(read, question, judging);
  const { statement, filters } = takeFilters(read);
  await judgeTree(statement, question, judging);
  return { ...statement, streams: true, filters: await judgeFilters(filters, question, judging) };
}

async function judgeOther(statement: Statement, question: Question, judging: Judging): Promise<Judged> {
  const { keyword, skeleton } = statement;
  refuseClauses(skeleton);
  const judged = { ...statement, streams: false, filters: '' };
  if (keyword === 'SHOW' || keyword === 'EXISTS') {
    if (SHOW_SHAPES.some((shape) => shape.test(skeleton))) return judged;
    throw refused(`this form of ${keyword}`);
  }
  if (keyword !== 'DESCRIBE' && keyword !== 'EXPLAIN') throw refused(keyword || 'this statement');
  await judgeTree(statement, question, judging);
  return judged;
}

function refuseClauses(skeleton: string): void {
  for (const [clause, what] of CLAUSES) if (clause.test(skeleton)) throw refused(what);
}

async function judgeTree(statement: Statement, question: Question, judging: Judging): Promise<Node[]> {
  refuseClauses(statement.skeleton);
  checkParams(statement.skeleton, question.params);
  await judging.bind(question.params);
  const tree = readTree(await judging.ask(`EXPLAIN AST ${statement.line}`));
  for (const node of tree) judgeNode(node, question.database, judging.functions);
  return tree;
}

/**
 * Conditions are judged as the WHERE of a statement, and applied as the formatter writes them: what
 * runs is what was judged. What closes the parentheses and goes on is no condition to the engine.
 */
async function judgeFilters(
  filters: [table: string, condition: string][],
  question: Question,
  judging: Judging,
): Promise<string> {
  const parts: string[] = [];
  for (const [table, condition] of filters) {
    if (!/^\w+(?:\.\w+)?$/.test(table)) throw refused(`the table ${table}`);
    judgeTable(table, question.database);
    const statement = await readStatement(`SELECT 1 WHERE (\n${condition}\n)`, judging.ask);
    const written = /^SELECT 1 WHERE (.+)$/s.exec(statement.line)?.[1];
    if (written === undefined || statement.format !== undefined)
      throw new ReadError(62, 'SYNTAX_ERROR', `the filter of ${table} is not a condition`);
    const tree = await judgeTree(statement, question, judging);
    // one over the table itself would be filtered again, and so on without end
    if (tree.some(({ kind }) => kind === 'Subquery')) throw refused('a subquery in a filter');
    parts.push(`${sqlString(table)}: ${sqlString(written)}`);
  }
  return parts.length > 0 ? `additional_table_filters={${parts.join(', ')}}` : '';
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
    // a name with a database is never a table function of the engine's: it is a view with parameters
    if (TABLE_FUNCTIONS.has(name.toLowerCase()) || /^tallyd\.\w+$/.test(name)) return;
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
