/** The variables of the dashboard Ingestion, and their conditions over tables that name things differently. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { clickhouse } from '../../sdk/datasources.ts';
import { shown } from '../../sdk/sql.ts';
import { granularity } from '../../sdk/variables.ts';

/**
 * The conditions of the variables `source` and `dataset`, by the columns that hold them. Columns are
 * qualified, for the reason that `filters` of the SDK gives.
 */
export function chosen(columns: { source: string; dataset: string }): string {
  return `$__conditionalAll(${shown(columns.source)} IN (\${source:singlequote}), $source)
    AND $__conditionalAll(${shown(columns.dataset)} IN (\${dataset:singlequote}), $dataset)`;
}

/** Uploads that were begun in the range. Their source is the format that was recognised. */
export const FROM_UPLOADS = `FROM tallyd.uploads AS up
WHERE up.started_at >= $__fromTime AND up.started_at <= $__toTime
    AND ${chosen({ source: 'up.format', dataset: 'up.dataset' })}`;

/** Records rejected in the range, of followed files and of uploads. */
export const FROM_REJECTED = `FROM tallyd.rejected_records AS r FINAL
WHERE r.rejected_at >= $__fromTime AND r.rejected_at <= $__toTime
    AND ${chosen({ source: 'r.source', dataset: 'r.dataset' })}
    AND $__conditionalAll(${shown('r.upload_id')} IN (\${upload:singlequote}), $upload)`;

/** Followed files, whatever the range. */
export const FROM_FILES = `FROM tallyd.tailed_files AS f
WHERE f.state = 'following' AND ${chosen({ source: 'f.source', dataset: 'f.dataset' })}`;

/** What was written to a file and not yet read. A position beyond the end is a file that was cut. */
export const UNREAD = 'if(f.size > f.offset, f.size - f.offset, 0)';

/** A source whose every record was rejected has no usage, so usage alone does not know all of them. */
function everywhere(name: 'source' | 'dataset', label: string): Builder<VariableModel> {
  const ofUploads = name === 'source' ? 'format' : 'dataset';
  return variable(
    name,
    label,
    `SELECT DISTINCT ${shown('name')} AS value FROM (
    SELECT toString(${name}) AS name FROM tallyd.usage_hourly WHERE hour >= toStartOfHour($__fromTime) AND hour <= $__toTime
    UNION DISTINCT SELECT toString(${name}) FROM tallyd.rejected_records
    UNION DISTINCT SELECT toString(${name}) FROM tallyd.tailed_files
    UNION DISTINCT SELECT toString(${ofUploads}) FROM tallyd.uploads
) ORDER BY value`,
  );
}

function variable(name: string, label: string, sql: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(clickhouse)
    .query(sql)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' });
}

export const ingestionVariables: readonly Builder<VariableModel>[] = [
  everywhere('source', 'Source'),
  everywhere('dataset', 'Dataset'),
  variable(
    'upload',
    'Upload of rejected records',
    `SELECT DISTINCT ${shown('upload_id')} AS value FROM tallyd.rejected_records
WHERE rejected_at >= $__fromTime AND rejected_at <= $__toTime ORDER BY value DESC LIMIT 500`,
  ),
  granularity,
];
