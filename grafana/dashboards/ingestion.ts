/** Ingestion: what came in, what could not be read, how fresh and how complete the data is. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from '../sdk/dashboard.ts';
import { ingestionVariables } from './ingestion/filters.ts';
import { freshness } from './ingestion/freshness.ts';
import { headline } from './ingestion/headline.ts';
import { quality } from './ingestion/quality.ts';
import { rejections } from './ingestion/rejections.ts';
import { uploads } from './ingestion/uploads.ts';

export function ingestion(): Dashboard {
  return buildDashboard({
    uid: 'tallyd-ingestion',
    title: 'LLM usage: Ingestion',
    description:
      'What came in and what could not be read, and how fresh, complete and plausible the data is.',
    variables: ingestionVariables,
    sections: [
      { panels: headline },
      { title: 'Freshness', panels: freshness },
      { title: 'Uploads', panels: uploads },
      { title: 'Rejected records', panels: rejections },
      { title: 'The data’s quality', panels: quality },
    ],
  });
}
