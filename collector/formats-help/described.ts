/** What `tallyd formats` tells of each format. */
import type { Format } from '../formats/format.ts';

export type Kind = 'agent log' | 'usage export' | 'bill' | 'your own';

export interface DescribedFormat {
  name: string;
  title: string;
  kind: Kind;
  /** How people come by such a file; '' where nobody wrote it down. */
  getIt: string;
  /** The header line or the first record; '' where nobody wrote it down. */
  example: string;
  /** Where the agent leaves such files, for those that are followed. */
  agent?: { variable: string; roots: string[] };
}

/** All formats by kind, those of `tallyd.yaml` first. */
export function describeFormats(formats: readonly Format[]): DescribedFormat[] {
  const order: Kind[] = ['your own', 'agent log', 'usage export', 'bill'];
  return formats
    .map((format) => described(format, formats))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

/** What people would call a format: an agent's log, an export of usage, a bill, or one of their own. */
export function kindOf(format: Format, formats: readonly Format[]): Kind {
  if ('userDefined' in format) return 'your own';
  if (format.gives === 'bills') return 'bill';
  // a file of what an agent's own logs tell as well
  const likeAgent = formats.some((other) => other.name === format.source && other.agent);
  return format.agent || likeAgent ? 'agent log' : 'usage export';
}

function described(format: Format, formats: readonly Format[]): DescribedFormat {
  const { name, title, about, agent } = format;
  const own = 'userDefined' in format;
  return {
    name,
    title,
    kind: kindOf(format, formats),
    getIt: about?.getIt ?? (own ? 'Described under formats in tallyd.yaml.' : ''),
    example: about?.example ?? '',
    ...(agent && { agent: { variable: agent.variable, roots: agent.roots } }),
  };
}
