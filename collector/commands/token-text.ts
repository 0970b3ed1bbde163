/** What the token commands print. */
import { fingerprintOf } from '../access/secret.ts';
import type { GivenOutcome } from '../access/token-list.ts';
import { stateOf, type Token } from '../access/token.ts';

export interface Created {
  tokens: Token[] | undefined;
  token: Token;
  outcome: GivenOutcome;
  /** Only of a token whose secret was made here. */
  secret?: string;
}

/** A token without its hash, with what follows from it. Keys are those of the file. */
export function presentToken(token: Token, now: number): object {
  const { hash, ...rest } = token;
  return { ...rest, state: stateOf(token, now), fingerprint: fingerprintOf(hash) };
}

export function createdJson({ token, outcome, secret }: Created, file: string, now: number): string {
  const answer = {
    file,
    outcome,
    ...presentToken(token, now),
    ...(secret !== undefined && { token: secret }),
  };
  return JSON.stringify(answer, undefined, 2);
}

const OUTCOMES: Record<GivenOutcome, string> = {
  created: 'is made',
  unchanged: 'has this secret already; nothing was changed',
  changed: 'has other scopes or another tier now',
  rotated: 'has a new secret now; the one before is revoked',
};

export function createdText(
  { token, outcome, secret }: Created,
  place: { file: string; isSet: boolean },
  warning: string | undefined,
): string {
  const until = token.expires_at === undefined ? 'without end' : `until ${token.expires_at}`;
  const lines = [
    `Token ${token.name} (${token.id}) ${OUTCOMES[outcome]}: ${token.scopes.join(', ')}, ${until}${token.tier === undefined ? '' : `, tier ${token.tier}`}, in ${place.file}.`,
  ];
  if (secret !== undefined) lines.push('It is shown this once and kept as a hash only.');
  if (!place.isSet)
    lines.push(`The collector asks for tokens when it is started with TALLYD_TOKENS_FILE=${place.file}`);
  if (warning !== undefined) lines.push(warning);
  return lines.join('\n');
}

export function listText(tokens: readonly Token[], file: string, now: number): string {
  if (tokens.length === 0) return `There is no token in ${file}; make one with: tallyd token create NAME`;
  const rows = tokens.map((token) => [
    token.name,
    token.id,
    stateOf(token, now),
    token.scopes.join(','),
    token.created_at.slice(0, 10),
    token.expires_at ?? 'never',
    token.tier ?? '-',
    fingerprintOf(token.hash),
  ]);
  return aligned([['NAME', 'ID', 'STATE', 'SCOPES', 'CREATED', 'EXPIRES', 'TIER', 'FINGERPRINT'], ...rows]);
}

function aligned(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
