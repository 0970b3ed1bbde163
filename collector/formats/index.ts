/** The formats tallyd reads. Adding one: docs/adding-a-format.md. */
import { claudeCode } from './claude-code/recognise.ts';
import { codex } from './codex/recognise.ts';
import { cursorCsv } from './cursor-csv/recognise.ts';
import type { Format } from './format.ts';

export const builtInFormats: readonly Format[] = [claudeCode, codex, cursorCsv];
