/** Which functions a statement may call: those of harmless categories, as the engine lists them. */
import { sqlStrings } from '../sql.ts';
import { FUNCTION_CATEGORIES, OTHER_FUNCTIONS } from './allowed.ts';
import type { Ask } from './statement.ts';

export class AllowedFunctions {
  readonly #names: ReadonlySet<string>;
  readonly #dictionary: ReadonlySet<string>;
  readonly #combinators: readonly string[];

  private constructor(names: Set<string>, dictionary: Set<string>, combinators: string[]) {
    this.#names = names;
    this.#dictionary = dictionary;
    this.#combinators = combinators;
  }

  /** Asks the engine once what it has. */
  static async load(ask: Ask): Promise<AllowedFunctions> {
    const listed = `SELECT name, alias_to, categories FROM system.functions`;
    const categories = sqlStrings(FUNCTION_CATEGORIES);
    // an alias is what it stands for; what is also a table function that reaches out is neither
    const names = await ask(
      `WITH kinds AS (${listed}) SELECT DISTINCT lower(f.name) FROM kinds AS f LEFT JOIN kinds AS target ON f.alias_to = target.name ` +
        `WHERE (f.categories IN ${categories} OR target.categories IN ${categories}) ` +
        `AND lower(f.name) NOT IN (SELECT lower(name) FROM system.table_functions WHERE name != 'format') ` +
        `ORDER BY 1 FORMAT TabSeparatedRaw`,
    );
    const dictionary = await ask(
      `SELECT lower(name) FROM system.functions WHERE categories = 'Dictionary' FORMAT TabSeparatedRaw`,
    );
    const combinators = await ask(
      `SELECT lower(name) FROM system.aggregate_function_combinators ORDER BY length(name) DESC FORMAT TabSeparatedRaw`,
    );
    return new AllowedFunctions(
      new Set([...lines(names), ...OTHER_FUNCTIONS]),
      new Set(lines(dictionary)),
      lines(combinators),
    );
  }

  /** `sumIf` is `sum` with a combinator; several may follow each other. */
  has(name: string): boolean {
    const lower = name.toLowerCase();
    if (this.#names.has(lower)) return true;
    return this.#combinators.some(
      (suffix) =>
        lower.endsWith(suffix) && lower.length > suffix.length && this.has(lower.slice(0, -suffix.length)),
    );
  }

  /** Whether the function reads a dictionary, which its first argument names. */
  readsDictionary(name: string): boolean {
    return this.#dictionary.has(name.toLowerCase());
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
