/** A reader of Codex rollouts for tests, written from the rules alone and sharing nothing with the generator. */
import type { GeneratedFile } from './truth.ts';

type Numbers = Record<string, number | string>;

interface Line {
  timestamp: string;
  type: string;
  payload: {
    type?: string;
    id?: string;
    cwd?: string;
    forked_from_id?: string;
    source?: { subagent?: { thread_spawn?: { parent_thread_id?: string } } } | string;
    model?: string;
    model_name?: string;
    metadata?: { model?: string };
    info?: { total_token_usage?: Numbers; last_token_usage?: Numbers } | null;
    thread_settings?: { service_tier?: string };
  };
}

export interface NaiveTurn {
  ts: number;
  sessionId: string;
  model: string;
  project: string;
  /** Uncached input, cached, output, reasoning. */
  tokens: [number, number, number, number];
  tier: string;
  /** Whether every line so far followed the one before within a second. */
  burst: boolean;
}

interface NaiveThread {
  id: string;
  parent: string | undefined;
  turns: NaiveTurn[];
}

/** The turns that count, of all threads. */
export function readCodexNaively(files: Iterable<GeneratedFile>): NaiveTurn[] {
  const byName = new Map<string, GeneratedFile>();
  for (const file of files) {
    const name = file.path.replace(/^(archived_)?sessions\//, '');
    if (file.path.startsWith('sessions/') || !byName.has(name)) byName.set(name, file);
  }
  const threads = new Map([...byName.values()].map(readThread).map((thread) => [thread.id, thread]));
  return [...threads.values()].flatMap((thread) => ownTurns(thread, threads));
}

function ownTurns({ parent, turns }: NaiveThread, threads: Map<string, NaiveThread>): NaiveTurn[] {
  if (parent === undefined) return turns;
  const before = threads.get(parent)?.turns;
  if (!before) return turns.filter(({ burst }) => !burst);
  let same = 0;
  while (same < turns.length && String(turns[same]?.tokens) === String(before[same]?.tokens)) same++;
  return turns.slice(same);
}

function readThread({ content }: GeneratedFile): NaiveThread {
  const lines = content.split('\n').flatMap((text) => {
    try {
      return [JSON.parse(text) as Line];
    } catch {
      return [];
    }
  });
  const own = (lines[0] as Line).payload;
  const spawn =
    typeof own.source === 'object' ? own.source.subagent?.thread_spawn?.parent_thread_id : undefined;
  const thread: NaiveThread = { id: own.id ?? '', parent: own.forked_from_id ?? spawn, turns: [] };
  const state = {
    model: '',
    tier: '',
    before: [0, 0, 0, 0],
    burst: true,
    last: Date.parse((lines[0] as Line).timestamp),
  };
  for (const { timestamp, type, payload } of lines) {
    const ts = Date.parse(timestamp);
    state.burst &&= ts - state.last <= 1000;
    state.last = ts;
    if (type === 'turn_context')
      state.model = payload.model ?? payload.model_name ?? payload.metadata?.model ?? '';
    state.tier = payload.thread_settings?.service_tier ?? state.tier;
    const [input, cached, output, reasoning] = usageOf(payload.info, state);
    if (!input && !output) continue;
    const tokens: NaiveTurn['tokens'] = [input - cached, cached, output, reasoning];
    const { model, tier, burst } = state;
    thread.turns.push({ ts, sessionId: thread.id, model, project: own.cwd ?? '', tokens, tier, burst });
  }
  return thread;
}

function usageOf(
  info: Line['payload']['info'],
  state: { before: number[] },
): [number, number, number, number] {
  if (!info) return [0, 0, 0, 0];
  const total = info.total_token_usage && countsOf(info.total_token_usage);
  const last = info.last_token_usage && countsOf(info.last_token_usage);
  const { before } = state;
  const advanced = !total || String(total) !== String(before);
  if (total) state.before = total;
  if (last && advanced) return last;
  const since = (total ?? before).map((count, index) => Math.max(0, count - (before[index] ?? 0)));
  return since as [number, number, number, number];
}

function countsOf(usage: Numbers): [number, number, number, number] {
  const any = (...names: string[]) =>
    Number(names.map((name) => usage[name]).find((value) => value !== undefined));
  return [
    any('input_tokens', 'prompt_tokens', 'input'),
    any('cached_input_tokens', 'cache_read_input_tokens', 'cached_tokens'),
    any('output_tokens', 'completion_tokens', 'output'),
    any('reasoning_output_tokens', 'reasoning_tokens'),
  ];
}
