/**
 * The ways to spell a reported model name, and what may be taken off its end. Every name here is in
 * lower case; nothing here knows the price list.
 */
import { routeOf, type Maker } from './makers.ts';

/** How a name asks to be served. Only what the name itself says; a tag of the event is another thing. */
export type Speed = 'standard' | 'fast' | 'batch' | 'free';

/** A name with something taken off its end, and the speed that this said. */
export interface Rung {
  name: string;
  speed: Speed;
}

const BEDROCK = /^(?:(?:global|us-gov|us|eu|apac|au|jp|ca|in|sa|me|af)\.)?([a-z0-9]+)\.(?=[a-z])/;
const BEDROCK_VENDORS = new Set([
  'anthropic',
  'amazon',
  'openai',
  'meta',
  'mistral',
  'deepseek',
  'qwen',
  'cohere',
  'google',
  'writer',
  'minimax',
  'moonshotai',
  'zai',
]);

/** The vendor and region that a Bedrock id carries (`us.anthropic.claude-…`), undefined for others. */
function bedrockParts(name: string): { vendor: string; bare: string } | undefined {
  const parts = BEDROCK.exec(name);
  if (!parts || !BEDROCK_VENDORS.has(parts[1]!)) return undefined;
  return { vendor: parts[1]!, bare: name.slice(parts[0].length) };
}

/** The name without folders, Bedrock region and vendor: `bedrock/us.anthropic.claude-x` → `claude-x`. */
export function bareName(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1).replace(/^~/, '');
  return bedrockParts(last)?.bare ?? last;
}

/** Providers that the name itself routes to, the outermost first. */
export function routesIn(name: string): string[] {
  const folders = name.split('/');
  const last = folders.pop()!;
  const routes = folders.flatMap((folder) => routeOf(folder) ?? []);
  return bedrockParts(last) ? [...routes, 'aws'] : routes;
}

/** The name in every spelling that a price list may have it in, the closest to the reported first. */
export function spellings(name: string, maker: Maker | undefined): string[] {
  const folders = name.split('/');
  const tails = folders.map((_, i) => folders.slice(i).join('/'));
  const last = folders.at(-1)!;
  const bedrock = bedrockParts(last);
  // After the whole id: Bedrock's global endpoint is cheaper than a region's and has rows of its own.
  const regional = bedrock ? [`${bedrock.vendor}.${bedrock.bare}`] : [];
  const bare = bareName(name);
  const bares = [bare, ...variants(bare)];
  const onOpenRouter = maker?.openrouter ? bares.map((spelt) => `${maker.openrouter}/${spelt}`) : [];
  // Cursor says gemini-3-pro for what Google has only as a preview; a release would match before.
  const previews = maker?.provider === 'google' ? [`${bare}-preview`] : [];
  return [...new Set([...tails, ...regional, ...bares, ...onOpenRouter, ...previews])];
}

/** `claude-4.5-sonnet@20250929` → also with the family first, with dashes and with points. */
function variants(bare: string): string[] {
  const dated = bare.replace(/@(?=\w)/, '-');
  const familyFirst = dated.replace(/^claude-(\d{1,2}(?:[.-]\d{1,2})?)-(?!\d)([a-z]+)/, 'claude-$2-$1');
  return [dated, familyFirst].flatMap((name) => [
    name,
    name.replace(/(?<=\d)\.(?=\d)/g, '-'),
    // Only small numbers are versions: not the month and day of a preview.
    name.replace(/(?<=-\d)-(?=\d(?:-|$))/, '.'),
  ]);
}

const CONTEXT = /\[[^\]]*\]$/;
/** OpenRouter's variants that change where or how a request runs, not what its tokens cost. */
const VARIANT = /:(?:beta|thinking|online|nitro|floor|exacto)$/;
const STAMP = /-(?:20\d{6}|20\d{2}-\d{2}-\d{2}|(?:preview|exp)(?:-\d{2}-(?:\d{2}|20\d{2}))?|latest)$/;
const EFFORT = /-(?:minimal|none|low|medium|high|xhigh|max|thinking|reasoning)$/;
const THINKING = /-(?:thinking|reasoning)$/;
const CLAUDE_ONLY = /-(?:1m|default|v\d+(?::\d+)*(?::\d+k)?)$/;

function stepDown({ name, speed }: Rung): Rung | undefined {
  const cut = (pattern: RegExp, said: Speed = speed): Rung | undefined =>
    pattern.test(name) ? { name: name.replace(pattern, ''), speed: said } : undefined;
  return (
    cut(CONTEXT) ??
    cut(/:free$/, 'free') ??
    cut(/:batch$/, 'batch') ??
    cut(VARIANT) ??
    cut(/@default$/) ??
    cut(STAMP)
  );
}

/**
 * The name as it stands, and then with one word after the other taken off its end: context size,
 * OpenRouter's variant, date, and what is a setting of this maker's models (effort, speed). A
 * caller stops at the first rung that finds a model.
 */
export function* ladder(name: string, maker: Maker | undefined): Generator<Rung> {
  let rung: Rung | undefined = { name, speed: 'standard' };
  while (rung) {
    yield rung;
    rung = stepDown(rung) ?? settingOff(rung, maker);
  }
}

function settingOff({ name, speed }: Rung, maker: Maker | undefined): Rung | undefined {
  if (!maker) return undefined;
  const without = (pattern: RegExp): string | undefined =>
    pattern.test(name) ? name.replace(pattern, '') : undefined;
  const fast = maker.fast ? without(/-fast$/) : undefined;
  if (fast !== undefined) return { name: fast, speed: speed === 'standard' ? 'fast' : speed };
  if (maker.provider === 'anthropic') {
    const claude = without(CLAUDE_ONLY);
    if (claude !== undefined) return { name: claude, speed };
  }
  // codex-max is a model, not an effort.
  if (maker.suffixes === 'none' || name.endsWith('codex-max')) return undefined;
  const plain = without(maker.suffixes === 'efforts' ? EFFORT : THINKING);
  return plain === undefined ? undefined : { name: plain, speed };
}
