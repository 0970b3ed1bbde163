/** The commands. Each loads what it needs when it runs: a report must not wait for a web server's code. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ReportFlags } from './commands/report.ts';
import type { GrafanaExportFlags } from './commands/grafana.ts';
import type { CreateOptions } from './commands/token.ts';
import { REPORT_KINDS } from './reports/types.ts';
import { version } from './version.ts';

/** Runs the command line. Sets the exit code; prints one sentence for what a person can mend. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${describeError(error)}\n`);
  }
}

function program(): Command {
  const tallyd = new Command('tallyd')
    .description(
      "What your language models cost: follows agents' logs, takes usage exports, prices every event.",
    )
    .version(version)
    .option('--config <file>', 'a tallyd.yaml (default: ./tallyd.yaml, then the one in ~/.config/tallyd)');
  const config = (): string | undefined => tallyd.opts<{ config?: string }>().config;

  tallyd
    .command('start')
    .description('read what is there, then follow files and take uploads')
    .option('--demo', 'generate demo data and show that instead')
    .option('--once', 'stop after the first read and its report')
    .action(async (options: { demo?: boolean; once?: boolean }) => {
      const { start } = await import('./commands/start.ts');
      await start({ env: process.env, config: config(), ...options });
    });
  tallyd
    .command('push')
    .description('send usage exports to the running collector, or store them when none runs')
    .argument('<files...>', 'CSV, TSV, JSON lines, Parquet; also gzip, br or zstd')
    .option('--dataset <name>', 'which dataset the rows belong to (default: the format)')
    .addOption(
      new Option('--mode <mode>', 'add what is new, or replace the dataset')
        .choices(['append', 'replace'])
        .default('append'),
    )
    .option('--format <name>', 'read the file as this format instead of looking')
    .action(
      async (files: string[], options: { dataset?: string; mode: 'append' | 'replace'; format?: string }) => {
        const { push } = await import('./commands/push.ts');
        process.exitCode = await push({ env: process.env, config: config(), files, ...options });
      },
    );
  addReport(tallyd, config);
  tallyd
    .command('doctor')
    .description('what was found, what is followed, what was rejected, what has no price')
    .option('--json', 'as JSON')
    .option('--set-aside', 'take damaged parts out of the store, so that their files are read again')
    .action(async (options: { json?: boolean; setAside?: boolean }) => {
      const { doctor } = await import('./commands/doctor.ts');
      process.exitCode = await doctor({ env: process.env, config: config(), ...options });
    });
  addBackup(tallyd, config);
  addFormats(tallyd, config);
  addToken(tallyd, config);
  addAdministration(tallyd, config);
  addGrafana(tallyd, config);
  return tallyd;
}

function addBackup(tallyd: Command, config: () => string | undefined): void {
  tallyd
    .command('backup')
    .description('everything that is stored in one file, also while the collector runs')
    .argument('<file>', 'where to; must not be there yet')
    .action(async (file: string) => {
      const { backup } = await import('./commands/backup.ts');
      await backup({ env: process.env, config: config(), file });
    });
  tallyd
    .command('restore')
    .description('put a backup in the place of an empty store')
    .argument('<file>', 'what `tallyd backup` wrote')
    .option('--force', 'replace a store that is not empty')
    .action(async (file: string, options: { force?: boolean }) => {
      const { restore } = await import('./commands/backup.ts');
      await restore({ env: process.env, config: config(), file, ...options });
    });
}

function addFormats(tallyd: Command, config: () => string | undefined): void {
  const formats = tallyd
    .command('formats')
    .description('what files tallyd reads, and how to get them')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { listFormats } = await import('./commands/formats.ts');
      process.exitCode = listFormats({ env: process.env, config: config(), ...options });
    });
  formats
    .command('check')
    .description('which format files are, what their columns become, what would be stored and rejected')
    .argument('<files...>', 'as for push; nothing is stored')
    .option('--format <name>', 'read the files as this format instead of looking')
    .option('--json', 'as JSON')
    .action(async (files: string[], _options: unknown, command: Command) => {
      // an option that the command above knows as well lands there
      const options = command.optsWithGlobals<{ format?: string; json?: boolean }>();
      const { checkFormats } = await import('./commands/formats.ts');
      process.exitCode = await checkFormats({ env: process.env, config: config(), files, ...pick(options) });
    });
}

function pick({ format, json }: { format?: string; json?: boolean }): { format?: string; json?: boolean } {
  return { ...(format !== undefined && { format }), ...(json !== undefined && { json }) };
}

function addToken(tallyd: Command, config: () => string | undefined): void {
  const token = tallyd.command('token').description('who may reach the collector');
  const common = () => ({ env: process.env, config: config() });
  token
    .command('create')
    .description('make a token, and show it this once')
    .argument('<name>', 'whose it is')
    .addOption(
      new Option('--scope <scope>', 'ingest, read or admin; may be given several times')
        .argParser(several)
        .default([], 'ingest'),
    )
    .option('--expires <when>', 'a duration such as 90d, or a day such as 2027-01-31 (default: never)')
    .option('--tier <tier>', 'how much it may ask for: a tier of limits in tallyd.yaml')
    .option('--token-from-env <variable>', 'use the secret in this variable; the same again changes nothing')
    .option('--token-from-file <file>', 'use the secret in this file')
    .option('--json', 'as JSON')
    .action(async (name: string, options: Omit<CreateOptions, 'env' | 'config' | 'name'>) => {
      const { createToken } = await import('./commands/token.ts');
      process.exitCode = await createToken({ ...common(), ...options, name });
    });
  token
    .command('list')
    .description('all tokens, without their secrets')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { listTokens } = await import('./commands/token.ts');
      process.exitCode = listTokens({ ...common(), ...options });
    });
  token
    .command('revoke')
    .description('end a token at once')
    .argument('<name|id>', 'which')
    .option('--json', 'as JSON')
    .action(async (which: string, options: { json?: boolean }) => {
      const { revoke } = await import('./commands/token.ts');
      process.exitCode = await revoke({ ...common(), ...options, token: which });
    });
}

function several(value: string, before: string[]): string[] {
  return [...before, value];
}

function addAdministration(tallyd: Command, config: () => string | undefined): void {
  tallyd
    .command('dataset')
    .description('what is stored under one name')
    .command('delete')
    .description('delete all usage, bills and rejected records of a dataset')
    .argument('<name>', 'which')
    .option('--yes', 'do it: it cannot be undone')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { yes?: boolean; json?: boolean }) => {
      const { deleteDataset } = await import('./commands/dataset.ts');
      process.exitCode = await deleteDataset({ env: process.env, config: config(), name, ...options });
    });
  tallyd
    .command('audit')
    .description('who replaced, deleted, let in or changed prices, and who was refused')
    .option('-n, --limit <entries>', 'the newest so many', wholeNumber, 50)
    .option('--json', 'as JSON, newest last')
    .action(async (options: { limit: number; json?: boolean }) => {
      const { audit } = await import('./commands/audit.ts');
      process.exitCode = await audit({ env: process.env, config: config(), ...options });
    });
}

function addGrafana(tallyd: Command, config: () => string | undefined): void {
  tallyd
    .command('grafana')
    .description('dashboards and alerts')
    .command('export')
    .description('write provisioning for a Grafana: data sources, dashboards, alert rules, contact points')
    .argument('<dir>', "a folder for it, or Grafana's own provisioning folder")
    .option(
      '--clickhouse-url <url>',
      'http(s)://[user[:password]@]host[:port][/tallyd] (default: the embedded engine here)',
    )
    .option('--native', "ClickHouse's own protocol instead of HTTP")
    .option('--prometheus-url <url>', 'what scrapes tallyd; without it, what asks Prometheus is left out')
    .option('--org <id>', "Grafana's organisation", wholeNumber, 1)
    .option('--folder <title>', "Grafana's folder", 'LLM usage')
    .option(
      '--dashboards-path <path>',
      'where Grafana finds the dashboards (default: where they are written)',
    )
    .option(
      '--docs-url <url>',
      "where tallyd's repository can be read, for links to runbooks (default: their paths)",
    )
    .addOption(
      new Option('--secrets <where>', "passwords in the files, or in Grafana's environment")
        .choices(['inline', 'env'])
        .default('inline'),
    )
    .option('--no-notifications', 'no contact points and policies')
    .option('--force', 'replace what was changed by hand; write beside other things')
    .action(
      async (
        folder: string,
        options: Omit<GrafanaExportFlags, 'env' | 'config' | 'folder' | 'grafanaFolder'> & { folder: string },
      ) => {
        const { grafanaExport } = await import('./commands/grafana.ts');
        grafanaExport({
          ...options,
          env: process.env,
          config: config(),
          folder,
          grafanaFolder: options.folder,
        });
      },
    );
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number above 0.');
  return value;
}

function addReport(tallyd: Command, config: () => string | undefined): void {
  tallyd
    .command('report')
    .description('tables of what was spent')
    .addArgument(tallyd.createArgument('<kind>', 'which report').choices(REPORT_KINDS))
    .option('-j, --json', 'as JSON, in the shape of ccusage')
    .option('-s, --since <date>', 'first day, YYYYMMDD or YYYY-MM-DD')
    .option('-u, --until <date>', 'last day, inclusive')
    .option('-z, --timezone <zone>', 'whose days (default: TALLYD_TIMEZONE)')
    .addOption(
      new Option('-m, --mode <mode>', 'where costs come from').choices(['auto', 'calculate', 'display']),
    )
    .option('-b, --breakdown', 'a line per model')
    .option('-p, --project <name...>', 'only these projects; * stands for anything')
    .option('--model <name...>', 'only these models')
    .option('--source <name...>', 'only these sources')
    .addOption(new Option('-o, --order <order>', 'oldest or newest first').choices(['asc', 'desc']))
    .addOption(new Option('-w, --start-of-week <day>', 'weekly: first day').choices(['monday', 'sunday']))
    .option('-i, --id <session>', 'session: its requests one by one')
    .option('-a, --active', 'blocks: only the running one')
    .option('-r, --recent', 'blocks: only the last three days')
    .option('-t, --token-limit <tokens>', 'blocks: a limit to hold them against, or max', tokenLimit)
    .option('--no-color', 'no colours')
    .action(async (kind: ReportFlags['kind'], options: Omit<ReportFlags, 'kind'>) => {
      const { reportCommand } = await import('./commands/report.ts');
      process.exitCode = await reportCommand({ env: process.env, config: config(), ...options, kind });
    });
}

function tokenLimit(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const tokens = Number(text.replaceAll(/[_,]/g, ''));
  if (!Number.isSafeInteger(tokens) || tokens <= 0)
    throw new InvalidArgumentError('must be a number of tokens, or max.');
  return tokens;
}

/** Mistakes of the outside are sentences; a defect keeps its stack, so that it can be reported. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = new Set([
    'ConfigError',
    'StoreDamagedError',
    'StoreLockedError',
    'EngineMissingError',
    'ListenError',
    'TailSettingError',
    'ReportOptionError',
    'CommandError',
    'TokensFileError',
    'BackupError',
    'JwksFileError',
    'TlsFileError',
  ]);
  return expected.has(error.name) ? `tallyd: ${error.message}` : (error.stack ?? error.message);
}
