/** The doctor's report for a terminal. */
import type { DoctorReport } from './doctor.ts';
import type { Line } from './doctor-line.ts';
import { plural } from './quantities.ts';
import { paint, type Style } from './table.ts';
import { wrap } from './text.ts';

const MARKS: Record<Line['level'], string> = { fine: '  ', note: '- ', problem: '! ' };

/** Text that ends without a newline. */
export function doctorText(report: DoctorReport, style: Style): string {
  const sections = report.sections.map(({ title, lines }) =>
    [paint(title, 'head', style.color), ...lines.flatMap((line) => lineText(line, style))].join('\n'),
  );
  const verdict =
    report.problems === 0
      ? 'No problems found.'
      : `${plural(report.problems, 'problem')} found, marked with "!".`;
  return [...sections, paint(verdict, report.problems === 0 ? 'good' : 'strong', style.color)].join('\n\n');
}

function lineText(line: Line, style: Style): string[] {
  const tone = { fine: 'plain', note: 'faint', problem: 'strong' } as const;
  const [first = '', ...rest] = wrap(line.text, Math.max(30, style.width - 4));
  return [`  ${MARKS[line.level]}${first}`, ...rest.map((each) => `    ${each}`)].map((each) =>
    paint(each, tone[line.level], style.color),
  );
}
