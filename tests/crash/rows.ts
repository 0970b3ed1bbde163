/** Records of uploads, as a table's and as lines. */

/** Everything about a record follows from these. */
export interface UploadedRow {
  nth: number;
  input: number;
  output: number;
}

export const TABLE_HEADER =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost';

const timeOf = (nth: number): string => new Date(Date.UTC(2026, 1, 1) + nth * 97_000).toISOString();

export function tableRow({ nth, input, output }: UploadedRow): string {
  const cells = [
    'ada@demo.example',
    'On-Demand',
    'claude-sonnet-4-5',
    'No',
    0,
    input,
    3,
    output,
    input + output + 3,
    0.01,
  ];
  return [timeOf(nth), ...cells].map((cell) => `"${cell}"`).join(',');
}

export function jsonLine({ nth, input, output }: UploadedRow, id: string, session: string): string {
  const usage = { input_tokens: input, output_tokens: output };
  const message = { id, model: 'claude-sonnet-4-5', usage };
  return JSON.stringify({
    type: 'assistant',
    sessionId: session,
    timestamp: timeOf(nth),
    cwd: '/src/up',
    message,
  });
}
