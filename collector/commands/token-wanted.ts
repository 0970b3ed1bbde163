/** What a person does when a running collector asks for a token. */

/**
 * @param token what was sent, if anything
 * @param answer what the collector said; it holds no secret
 */
export function tokenWanted(
  scope: 'ingest' | 'read' | 'admin',
  token: string | undefined,
  answer: string,
): string {
  const make = `tallyd token create NAME --scope ${scope}`;
  if (token === undefined)
    return `the collector asks for a token: put one with the scope ${scope} in TALLYD_TOKEN; \`${make}\` makes one.`;
  return `the collector refused the token in TALLYD_TOKEN, which needs the scope ${scope}: ${answer.trim()}`;
}
