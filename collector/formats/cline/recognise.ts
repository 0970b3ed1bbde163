/**
 * Cline and the extensions that came from it (Roo Code, Kilo Code): the messages of a task as they are
 * shown, with what each request used. Cline's CLI keeps documents of its own with the same numbers.
 */
import type { Format, Recognition, Sample } from '../format.ts';
import { asObject, beginningOf } from '../json-document.ts';
import { loadSql } from '../load-sql.ts';

const EDITORS = ['Code', 'Code - Insiders', 'VSCodium', 'Cursor', 'Windsurf'];
const EXTENSIONS = ['saoudrizwan.claude-dev', 'rooveterinaryinc.roo-cline', 'kilocode.kilo-code'];
const USERS = [
  ...EDITORS.flatMap((editor) => [
    `\${XDG_CONFIG_HOME:-~/.config}/${editor}/User`,
    `~/Library/Application Support/${editor}/User`,
  ]),
  '~/.vscode-server/data/User',
];

export const cline: Format = {
  name: 'cline',
  title: 'Cline task',
  layout: 'document',
  unit: 'file',
  recognise,
  readSql: loadSql('cline', 'read.sql'),
  about: {
    getIt:
      'Cline, Roo Code and Kilo Code leave a ui_messages.json for each task in the globalStorage of the editor, ' +
      "below tasks/; Cline's CLI leaves *.messages.json below ~/.cline.",
    example:
      '[{"ts":1767312000000,"type":"say","say":"api_req_started","text":"{\\"tokensIn\\":12,\\"tokensOut\\":340,\\"cacheWrites\\":900,\\"cacheReads\\":20000,\\"cost\\":0.021}","modelInfo":{"providerId":"anthropic","modelId":"claude-sonnet-4-5"}}]',
  },
  agent: {
    variable: 'CLINE_HOME',
    roots: [
      '~/.cline',
      ...USERS.flatMap((user) => EXTENSIONS.map((extension) => `${user}/globalStorage/${extension}/tasks`)),
    ],
    folders: [''],
    endings: ['ui_messages.json', '.messages.json'],
  },
};

function recognise({ head }: Sample): Recognition {
  const found = beginningOf(head);
  if (Array.isArray(found)) return { is: found.some(isShown) ? 'this' : 'other' };
  const { sessionId, messages } = asObject(found);
  const isTranscript =
    typeof sessionId === 'string' &&
    Array.isArray(messages) &&
    messages.some((one) => isMessage(asObject(one)));
  return { is: isTranscript ? 'this' : 'other' };
}

/** `ask` and `say` messages with a time. */
function isShown(value: unknown): boolean {
  const message = asObject(value);
  const { type } = message;
  return typeof message['ts'] === 'number' && (type === 'say' || type === 'ask') && type in message;
}

function isMessage(message: Record<string, unknown>): boolean {
  return 'role' in message && ('metrics' in message || 'modelInfo' in message);
}
