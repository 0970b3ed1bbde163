/**
 * A reader of Claude Code logs for tests, written from the rules alone and sharing nothing with the
 * generator: it keeps everything in memory and looks at every line with JSON.parse.
 */
import type { GeneratedFile } from './truth.ts';

interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  cache_creation?: { ephemeral_5m_input_tokens?: number; ephemeral_1h_input_tokens?: number } | null;
  iterations?: ({ type: string; model: string | null } & Usage)[];
}

interface Line {
  type?: string;
  timestamp?: string;
  sessionId?: string;
  requestId?: string;
  cwd?: string;
  isSidechain?: boolean | null;
  isApiErrorMessage?: boolean;
  message?: { id?: string; model?: string; usage?: Usage };
  data?: { message?: Line };
}

export interface NaiveEvent {
  key: string;
  ts: number;
  model: string;
  sessionId: string;
  project: string;
  status: string;
  tokens: [number, number, number, number, number];
  main: boolean;
}

export interface NaiveResult {
  events: Map<string, NaiveEvent>;
  malformed: string[];
  usageRecords: number;
}

export function readNaively(files: Iterable<GeneratedFile>): NaiveResult {
  const result: NaiveResult = { events: new Map(), malformed: [], usageRecords: 0 };
  for (const { path, content } of files) {
    content.split('\n').forEach((text, index, all) => {
      const objects = parse(text.replace(/\r$/, ''));
      const usable = objects?.every((line) => take(line, result));
      if (!usable && index < all.length - 1) result.malformed.push(`${path}:${index + 1}`);
    });
  }
  return result;
}

/** The objects of a line, undefined when it is not JSON. */
function parse(text: string): Line[] | undefined {
  if (text === '') return [];
  try {
    return [JSON.parse(text) as Line];
  } catch {
    for (let at = text.indexOf('}{'); at >= 0; at = text.indexOf('}{', at + 1)) {
      try {
        return [JSON.parse(text.slice(0, at + 1)) as Line, JSON.parse(text.slice(at + 1)) as Line];
      } catch {
        // Not between these two braces.
      }
    }
    return undefined;
  }
}

/** False when the line carries usage but cannot be placed in time. */
function take(line: Line, result: NaiveResult): boolean {
  const inner: Line = line.type === 'progress' ? { ...line, ...line.data?.message } : line;
  const usage = inner.message?.usage;
  if (!usage) return true;
  const ts = Date.parse(inner.timestamp ?? '');
  if (Number.isNaN(ts)) return false;
  result.usageRecords++;
  const event = eventOf(inner, usage, ts);
  keep(event, result);
  let advisors = 0;
  for (const iteration of usage.iterations ?? []) {
    if (iteration.type !== 'advisor_message') continue;
    const key = `${event.key}:advisor:${advisors++}`;
    if (iteration.model) keep({ ...event, key, model: iteration.model, tokens: tokensOf(iteration) }, result);
  }
  return true;
}

function eventOf(line: Line, usage: Usage, ts: number): NaiveEvent {
  const id = line.message?.id;
  const fallback = `${id ?? '(none)'} ${line.sessionId} ${ts}`;
  const key = id?.startsWith('msg_') ? id : id && line.requestId ? `${id} ${line.requestId}` : fallback;
  return {
    key,
    ts,
    model: line.message?.model === '<synthetic>' ? '' : (line.message?.model ?? ''),
    sessionId: line.sessionId ?? '',
    project: line.cwd ?? '',
    status: line.isApiErrorMessage ? 'error' : 'ok',
    tokens: tokensOf(usage),
    main: line.isSidechain !== true,
  };
}

function tokensOf(usage: Usage): NaiveEvent['tokens'] {
  const object = usage.cache_creation;
  const write5m = object ? (object.ephemeral_5m_input_tokens ?? 0) : (usage.cache_creation_input_tokens ?? 0);
  const write1h = object?.ephemeral_1h_input_tokens ?? 0;
  return [usage.input_tokens, write5m, write1h, usage.cache_read_input_tokens ?? 0, usage.output_tokens];
}

function keep(event: NaiveEvent, { events }: NaiveResult): void {
  const known = events.get(event.key);
  if (!known || better(event, known)) events.set(event.key, event);
}

function better(a: NaiveEvent, b: NaiveEvent): boolean {
  if (a.main !== b.main) return a.main;
  const [totalA, totalB] = [a, b].map(({ tokens }) => tokens.reduce((sum, count) => sum + count)) as [
    number,
    number,
  ];
  return totalA === totalB ? a.ts < b.ts : totalA > totalB;
}
