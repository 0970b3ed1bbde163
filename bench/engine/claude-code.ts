/**
 * Claude Code's logs by the engine alone: one statement over all files, with every column that tallyd
 * keeps of them, and nothing of what tallyd does beside (lines that cannot be read, what is already
 * there, positions, prices).
 */
import { join } from 'node:path';
import { sqlString } from '../../collector/store/sql.ts';
import type { Session } from './session.ts';

const USAGE =
  'input_tokens UInt64, output_tokens UInt64, cache_creation_input_tokens UInt64, cache_read_input_tokens UInt64, ' +
  'cache_creation Tuple(ephemeral_5m_input_tokens UInt64, ephemeral_1h_input_tokens UInt64), speed String, service_tier String';
const LINE =
  'Tuple(timestamp String, sessionId String, requestId String, cwd String, gitBranch String, version String, isSidechain Bool, ' +
  'isApiErrorMessage Bool, agentId String, attributionPlugin String, attributionSkill String, costUSD Nullable(Decimal(18, 9)), ' +
  `message Tuple(id String, model String, usage Tuple(${USAGE})))`;

/** Reads everything below a Claude Code home into `bench.events`. */
export async function readClaudeCode(session: Session, home: string): Promise<void> {
  const files = sqlString(join(home, 'projects/**/*.jsonl'));
  await session.run(`INSERT INTO bench.events
SELECT parseDateTime64BestEffort(line.timestamp, 3, 'UTC') AS ts, reinterpretAsUInt128(sipHash128(line.message.id)) AS event_id,
    bitShiftLeft(toUInt128(NOT line.isSidechain), 112)
        + bitShiftLeft(toUInt128(input + output + read + written_5m + written_1h), 44)
        + toUInt128(17592186044415 - toUnixTimestamp64Milli(ts)) AS version,
    'claude-code', 'claude-code', 'anthropic', line.message.model, '', line.cwd, line.sessionId, line.requestId,
    if(line.isApiErrorMessage, 'error', 'ok'),
    line.message.usage.input_tokens AS input, line.message.usage.cache_creation.1 AS written_5m,
    line.message.usage.cache_creation.2 AS written_1h, line.message.usage.cache_read_input_tokens AS read,
    line.message.usage.output_tokens AS output, line.costUSD, true, line.message.usage.speed,
    CAST(arrayFilter(tag -> tag.2 != '', [('git_branch', line.gitBranch), ('client_version', line.version), ('agent', line.agentId),
        ('side_chain', if(line.isSidechain, 'true', '')), ('speed', line.message.usage.speed),
        ('service_tier', line.message.usage.service_tier), ('plugin', line.attributionPlugin), ('skill', line.attributionSkill)]),
        'Map(LowCardinality(String), String)')
FROM
(
    SELECT JSONExtract(text, ${sqlString(LINE)}) AS line
    FROM
    (
        -- Each of thousands of files is a block of its own, and a block costs the same however few lines it
        -- has: gathered, they take a quarter of the time.
        SELECT arrayJoin(texts) AS text
        FROM (SELECT groupArray(text) AS texts FROM file(${files}, 'LineAsString', 'text String') WHERE text LIKE '%"usage":{%')
    )
)
WHERE line.message.id != ''`);
}
