/** OpenTelemetry records as GitHub Copilot's file exporter writes them: a JSON object a line. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith, objectAt } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

const PASSED = 'spans that call no model';

export const copilotOtel: Format = {
  name: 'copilot-otel',
  source: 'copilot-cli',
  title: 'GitHub Copilot OpenTelemetry file',
  layout: 'lines',
  // one call is told by several records
  unit: 'file',
  recognise,
  lineFilter: linesWith('"attributes"'),
  passesOver: PASSED,
  readSql: loadSql('copilot-otel', 'read.sql'),
  about: {
    getIt:
      'Set COPILOT_OTEL_FILE_EXPORTER_PATH, or the exporter "file" in VS Code. Not followed unless TALLYD_TAIL says so (copilot-otel=~/.copilot/otel): sessions of the CLI tell the same in their session state.',
    example:
      '{"type":"span","traceId":"4bf9…","spanId":"00f0…","name":"chat gpt-5.4","endTime":[1767261609,0],"attributes":{"gen_ai.operation.name":"chat","gen_ai.response.model":"gpt-5.4","gen_ai.conversation.id":"c0de…","gen_ai.usage.input_tokens":6000,"gen_ai.usage.output_tokens":300}}',
  },
};

const TIMES = ['endTime', 'startTime', 'hrTime', '_hrTime', 'timeUnixNano', 'observedTimestamp'];

function recognise(sample: Sample): Recognition {
  const found = firstObjects(sample.head).some((object) => {
    const attributes = objectAt(object, 'attributes');
    if (!attributes) return false;
    const isRecord = 'traceId' in object || 'spanContext' in object || TIMES.some((time) => time in object);
    return (
      isRecord &&
      Object.keys(attributes).some((name) => /^(gen_ai\.|github\.copilot|copilot_chat)/.test(name))
    );
  });
  return { is: found ? 'this' : 'other' };
}
