/** Chats of Qwen Code, with what they must add up to. */
import { Prng } from './prng.ts';
import {
  type DrawnRequest,
  type DrawnSession,
  iso,
  linesOf,
  type SessionLogOptions,
  type SessionLogs,
  trueUsage,
  writeSessions,
} from './session-logs.ts';

const MODELS = [
  ['qwen3-coder-plus', 4],
  ['qwen3-coder-flash', 1],
  ['gemini-2.5-pro', 1],
] as const;

/** Files below a Qwen home (`projects/…/chats/….jsonl`). */
export function generateQwen(options: SessionLogOptions): SessionLogs {
  const telling = { models: MODELS, cacheWrites: false, reasoning: true };
  return writeSessions(new Prng(options.seed), options, telling, write);
}

function write(prng: Prng, session: DrawnSession, quirks: boolean): SessionLogs {
  const lines: (object | string)[] = [];
  let malformed = 0;
  for (const request of session.requests) {
    const common = { uuid: prng.uuid(), sessionId: session.id, cwd: session.cwd, version: '0.9.1' };
    const said = { role: 'user', parts: [{ text: 'what is "usageMetadata"?' }] };
    lines.push({
      ...common,
      uuid: prng.uuid(),
      timestamp: iso(request.ts - 900),
      type: 'user',
      message: said,
    });
    const usageMetadata = usageOf(prng, request, quirks);
    const answer = {
      ...common,
      timestamp: iso(request.ts),
      type: 'assistant',
      model: request.model,
      message: { role: 'model', parts: [{ text: 'Done.' }] },
      usageMetadata,
    };
    lines.push(answer);
    if (quirks && prng.chance(0.2)) lines.push(answer);
    if (quirks && prng.chance(0.4)) lines.push(telemetry(common, prng, request, usageMetadata));
    if (quirks && prng.chance(0.1)) {
      lines.push('{"uuid":"5b1f","type":"assistant","usageMetadata":{"promptTok');
      malformed++;
    }
  }
  const path = `projects/${session.cwd.replaceAll(/\W/g, '-')}/chats/${session.id}.jsonl`;
  const usage = session.requests.map((request) => trueUsage(session, request));
  return { files: [{ path, content: linesOf(lines) }], usage, malformed };
}

/** What a provider counted: the prompt includes what was cached; thoughts are beside or within the candidates. */
function usageOf(prng: Prng, { input, cacheRead, output, reasoning }: DrawnRequest, quirks: boolean): object {
  const tool = quirks && input > 1 && prng.chance(0.15) ? prng.int(1, input - 1) : 0;
  const prompt = input - tool + cacheRead;
  const within = quirks && prng.chance(0.4);
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: within ? output : output - reasoning,
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    ...(cacheRead > 0 && { cachedContentTokenCount: cacheRead }),
    ...(tool > 0 && { toolUsePromptTokenCount: tool }),
    totalTokenCount: prompt + tool + output,
  };
}

/** Tells the same again, in the record of an API response. */
function telemetry(common: object, prng: Prng, { ts, model }: DrawnRequest, usageMetadata: object): object {
  const uiEvent = { 'event.name': 'qwen-code.api_response', model, duration_ms: 900, usageMetadata };
  const systemPayload = { uiEvent };
  return {
    ...common,
    uuid: prng.uuid(),
    timestamp: iso(ts),
    type: 'system',
    subtype: 'ui_telemetry',
    systemPayload,
  };
}
