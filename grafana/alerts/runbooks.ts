/** Where the page of a rule is, that says what an alert means and what to do. */

/**
 * Its path in this repository. Annotations are not expanded by Grafana, so the address of the pages is
 * put before it by `tallyd grafana export --docs-url`.
 */
export function runbookPath(uid: string): string {
  return `docs/runbooks/${uid}.md`;
}
