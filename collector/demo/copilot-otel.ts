/** OpenTelemetry files of GitHub Copilot: the same calls as in its session state. */
import { COPILOT_TELLING } from './copilot-cli.ts';
import { Prng } from './prng.ts';
import {
  type DrawnRequest,
  type DrawnSession,
  linesOf,
  type SessionLogOptions,
  type SessionLogs,
  trueUsage,
  writeSessions,
} from './session-logs.ts';

/** The file of the sessions that `generateCopilotCli` draws from the same options. */
export function generateCopilotOtel(options: SessionLogOptions): SessionLogs {
  return writeSessions(new Prng(options.seed), options, COPILOT_TELLING, writeTelemetry);
}

/** Chat spans of the calls, told again by logs and summaries of the agent. */
function writeTelemetry(prng: Prng, session: DrawnSession, quirks: boolean): SessionLogs {
  const lines: object[] = [];
  for (const request of session.requests) {
    const traceId = prng.hex(32);
    const attributes = attributesOf('chat', session, request, `resp-${prng.base62(12)}`);
    const chat = span(traceId, prng.hex(16), `chat ${request.model}`, request.ts, attributes);
    lines.push(chat);
    if (!quirks) continue;
    const detail = { ...attributes, 'event.name': 'gen_ai.client.inference.operation.details' };
    if (prng.chance(0.3))
      lines.push({
        hrTime: hrTime(request.ts),
        spanContext: { traceId, spanId: prng.hex(16) },
        _body: 'GenAI inference: x',
        attributes: detail,
      });
    if (prng.chance(0.2)) lines.push(chat);
    if (prng.chance(0.2))
      lines.push(span(prng.hex(32), prng.hex(16), `chat ${request.model}`, request.ts + 30, attributes));
    const summary = attributesOf('invoke_agent', session, request, '');
    lines.push(span(traceId, prng.hex(16), 'invoke_agent copilot', request.ts + 90, summary));
  }
  const path = `otel/${session.id}.jsonl`;
  const usage = session.requests.map((request) => ({ ...trueUsage(session, request), project: '' }));
  return { files: [{ path, content: linesOf(lines) }], usage, malformed: 0 };
}

function attributesOf(
  operation: string,
  { id }: DrawnSession,
  request: DrawnRequest,
  response: string,
): object {
  const { model, input, cacheRead, cacheWrite, output, reasoning } = request;
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.response.model': model,
    'gen_ai.conversation.id': id,
    ...(response !== '' && { 'gen_ai.response.id': response }),
    'gen_ai.usage.input_tokens': input + cacheRead + cacheWrite,
    'gen_ai.usage.output_tokens': output,
    'gen_ai.usage.cache_read.input_tokens': cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': reasoning,
  };
}

function span(traceId: string, spanId: string, name: string, end: number, attributes: object): object {
  return {
    type: 'span',
    traceId,
    spanId,
    name,
    startTime: hrTime(end - 900),
    endTime: hrTime(end),
    attributes,
  };
}

/** Seconds and nanoseconds. */
function hrTime(ts: number): [number, number] {
  return [Math.floor(ts / 1000), (ts % 1000) * 1_000_000];
}
