/**
 * Query parameters (`param_name=…` for `{name:Type}`). The session keeps them, as `SET param_…` does
 * under `readonly=1`; the engine's own binding would let only one statement of the process run at a
 * time. A value in a URL is escaped like a TSV cell, which is also how the engine reads what is set.
 */
import { sqlString } from '../sql.ts';
import { ReadError } from './refused.ts';

export type Params = Readonly<Record<string, string>>;

/** The statement that sets the parameters, undefined when there are none. */
export function settingOf(params: Params): string | undefined {
  const parts = Object.entries(params).map(([name, value]) => `param_${name}=${sqlString(value)}`);
  return parts.length > 0 ? `SET ${parts.join(', ')}` : undefined;
}

/**
 * Refuses placeholders without a value: the session may still have one from an earlier statement.
 *
 * @param skeleton the formatted statement without the contents of quotes
 * @throws ReadError with 456, and with 36 for a name that the tree would show as something else.
 */
export function checkParams(skeleton: string, params: Params): void {
  for (const [, name] of skeleton.matchAll(/\{(\w+):/g)) {
    const value = params[name!];
    if (value === undefined)
      throw new ReadError(
        456,
        'UNKNOWN_QUERY_PARAMETER',
        `Substitution \`${name}\` is not set: send param_${name}`,
      );
    // A name is put into the tree as it is, where a line break could pass for a node.
    if (skeleton.includes(`{${name}:Identifier}`) && !/^\w+(?:\.\w+)*$/.test(value))
      throw new ReadError(36, 'BAD_ARGUMENTS', `the parameter ${name} is not a plain name`);
  }
}
