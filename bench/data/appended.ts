/** Single lines of Claude Code, for files that grow while they are followed. */
import { timestamp } from '../../collector/demo/clock.ts';

export interface Line {
  /** The request's id, by which the line is found again. */
  id: string;
  ts: number;
  sessionId: string;
  model?: string;
  output: number;
}

/** A response in one line, without the newline. */
export function responseLine({
  id,
  ts,
  sessionId,
  model = 'claude-sonnet-4-5-20250929',
  output,
}: Line): string {
  return (
    `{"parentUuid":null,"isSidechain":false,"userType":"external","cwd":"/home/ada/src/shop","sessionId":"${sessionId}",` +
    `"version":"2.1.9","gitBranch":"main","message":{"id":"msg_${id}","type":"message","role":"assistant","model":"${model}",` +
    `"content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,` +
    `"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":${output},"service_tier":"standard"}},` +
    `"requestId":"${id}","type":"assistant","uuid":"uuid-${id}","timestamp":"${timestamp(ts)}"}`
  );
}
