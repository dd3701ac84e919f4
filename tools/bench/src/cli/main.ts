import { Command, InvalidArgumentError } from 'commander';
import { spreadOf, type Spread } from '../measuring/statistics.ts';
import type { Launch } from '../orchestrator/launch.ts';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0.');
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const shown = ({ min, median, max }: Spread, unit: string): string =>
  `${median.toFixed(2)}${unit} (${min.toFixed(2)} to ${max.toFixed(2)})`;

const spreadsOf = (launches: readonly Launch[]): { readonly firstWork: Spread; readonly end: Spread } => ({
  firstWork: spreadOf(launches.map(({ firstWorkMs }) => firstWorkMs)),
  end: spreadOf(launches.map(({ endMs }) => endMs)),
});

const program = new Command('npm run bench --').description(
  'Measurements; each is a ratio to a baseline in the same run.',
);

for (const { name, asset, what } of [
  { name: 'extract-load', asset: 'raw.device_last_updates', what: 'device states' },
  { name: 'daily-aggregates', asset: 'raw.daily_aggregates', what: 'five metrics of a day, at customer level' },
] as const) {
  program
    .command(name)
    .description(
      `extract, project and load ${what}, beside a single-stream COPY of the same rows; then the same again with force`,
    )
    .option('--devices <n>', 'devices of the simulated fleet', wholeNumber, 100_000)
    .option('--pairs <n>', 'counted pairs of extraction and COPY', wholeNumber, 5)
    .option('--workers <n>', 'processes that extract', wholeNumber, 1)
    .action(async (options: { devices: number; pairs: number; workers: number }) => {
      const { measureExtractLoad } = await import('../extract-load/extract-load.ts');
      const figures = await measureExtractLoad({ ...options, asset });
      say(
        `${figures.rows.toLocaleString('en-US')} rows, ${figures.megabytes.toFixed(1)} MB as COPY text; median (least to greatest) of ${String(options.pairs)} pairs`,
      );
      say(`extract + project + load:  ${shown(figures.extraction, ' s')}; CPU ${shown(figures.extractionCpu, ' s')}`);
      say(`single-stream COPY:        ${shown(figures.copy, ' s')}`);
      say(`ratio:                     ${shown(figures.ratio, '')}`);
      say(`again with force / first:  ${shown(figures.forcedRatio, '')}`);
      say(`peak memory of extraction: ${figures.peakMegabytes.toFixed(0)} MB`);
      if (figures.sourceCpu) say(`CPU of the source:         ${shown(figures.sourceCpu, ' s')}`);
      const { dlt, extraction } = figures;
      if (typeof dlt === 'string') say(`dlt:                       ${dlt}`);
      else {
        const over = dlt.seconds / extraction.median;
        say(
          `dlt, once:                 ${dlt.seconds.toFixed(2)} s for ${dlt.rows.toLocaleString('en-US')} rows, ${over.toFixed(1)} times as long; largest process ${dlt.peakMegabytes.toFixed(0)} MB`,
        );
      }
    });
}

program
  .command('evaluation-part')
  .description(
    'one compressed JSON Lines part of an evaluation folder, beside zcat into a single-stream COPY of the same rows',
  )
  .option('--devices <n>', 'devices of the simulated fleet, a line each', wholeNumber, 100_000)
  .option('--pairs <n>', 'counted pairs of load and COPY', wholeNumber, 5)
  .action(async (options: { devices: number; pairs: number }) => {
    const { measureEvaluationPart } = await import('../evaluation-part/evaluation-part.ts');
    const figures = await measureEvaluationPart(options);
    say(`${figures.rows.toLocaleString('en-US')} rows; median (least to greatest) of ${String(options.pairs)} pairs`);
    say(`load of the part:       ${shown(figures.extraction, ' s')}; CPU ${shown(figures.extractionCpu, ' s')}`);
    say(`zcat | COPY:            ${shown(figures.copy, ' s')}`);
    say(`ratio:                  ${shown(figures.ratio, '')}`);
    say(`peak memory of loading: ${figures.peakMegabytes.toFixed(0)} MB`);
  });

program
  .command('fallback')
  .description('aggregates device by device, beside a bare undici loop against the same shards')
  .option('--devices <n>', 'devices of the simulated fleet', wholeNumber, 2_000)
  .action(async (options: { devices: number }) => {
    const { measureFallback } = await import('../fallback/fallback.ts');
    const { requests, bareRate, ourRate } = await measureFallback(options.devices);
    say(
      `${requests.toLocaleString('en-US')} requests: bare loop ${bareRate.toFixed(0)}/s, with storing ${ourRate.toFixed(0)}/s`,
    );
    say(`ratio: ${(ourRate / bareRate).toFixed(2)}`);
  });

program
  .command('scale')
  .description('time a device and peak memory of fleets of several sizes')
  .option(
    '--sizes <list>',
    'devices, separated by commas',
    (text) => text.split(',').map(wholeNumber),
    [100_000, 1_000_000],
  )
  .action(async (options: { sizes: number[] }) => {
    const { measureScale } = await import('../scale/scale.ts');
    const all = await measureScale(options.sizes);
    for (const { rows, seconds, peakMegabytes } of all) {
      const each = (seconds / rows) * 1e6;
      say(
        `${rows.toLocaleString('en-US')} rows: ${seconds.toFixed(1)} s, ${each.toFixed(0)} µs a row, peak memory ${peakMegabytes.toFixed(0)} MB`,
      );
    }
  });

program
  .command('orchestrator')
  .description(
    'what the orchestrator takes for itself: from a tick to the first request, a task that does nothing, an idle process',
  )
  .option('--ticks <n>', 'ticks, two seconds apart', wholeNumber, 20)
  .option('--tasks <n>', 'empty tasks of one run', wholeNumber, 10_000)
  .option('--idle <seconds>', 'seconds of an idle process', wholeNumber, 30)
  .option('--launches <n>', 'runs of three assets launched by hand, here and in Dagster', wholeNumber, 10)
  .action(async (options: { ticks: number; tasks: number; idle: number; launches: number }) => {
    const { measureOrchestrator } = await import('../orchestrator/orchestrator.ts');
    const figures = await measureOrchestrator({ ...options, idleSeconds: options.idle });
    const sorted = figures.tickMs.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    say(
      `tick to first request:  median ${at(0.5).toFixed(0)} ms, 95th percentile ${at(0.95).toFixed(0)} ms of ${String(sorted.length)}`,
    );
    say(
      `an empty task:          ${figures.msPerTask.toFixed(2)} ms, of which ${figures.cpuMsPerTask.toFixed(2)} ms CPU of the process (its start included)`,
    );
    say(
      `an idle process:        ${figures.idleCpuPercent.toFixed(2)} % of a core, ${figures.idleMegabytes.toFixed(0)} MB`,
    );
    const { dagster } = figures;
    const ours = spreadsOf(figures.launches);
    say(
      `launch of three assets: first work after ${shown(ours.firstWork, ' ms')}, ended after ${shown(ours.end, ' ms')}; ${figures.launchMegabytes.toFixed(0)} MB`,
    );
    if (typeof dagster === 'string') return say(`in Dagster:             ${dagster}`);
    const theirs = spreadsOf(dagster.launches);
    say(
      `in Dagster:             first work after ${shown(theirs.firstWork, ' ms')}, ended after ${shown(theirs.end, ' ms')}; ${dagster.megabytes.toFixed(0)} MB`,
    );
    const ratio = (a: number, b: number): string => (a / b).toFixed(1);
    say(
      `Dagster / here:         first work ${ratio(theirs.firstWork.median, ours.firstWork.median)}, end ${ratio(theirs.end.median, ours.end.median)}, memory ${ratio(dagster.megabytes, figures.launchMegabytes)}`,
    );
  });

program
  .command('models')
  .description(
    'the same dbt projects through ovis-models, built, and through dbt-core: start, overhead, parsing, memory',
  )
  .option('--models <n>', 'models of the project that is parsed', wholeNumber, 500)
  .option('--turns <n>', 'turns of each measurement', wholeNumber, 3)
  .option('--threads <n>', 'threads of both', wholeNumber, 4)
  .action(async (options: { models: number; turns: number; threads: number }) => {
    const { measureModels } = await import('../models/models.ts');
    const figures = await measureModels(options);
    if (figures === null) {
      say(
        'skipped: there is no dbt to compare with; install it with tools/conformance/src/cli/main.ts install-dbt, or set OVIS_DBT_PYTHON',
      );
      return;
    }
    say(`median (least to greatest) of ${String(options.turns)} turns, ${String(options.threads)} threads`);
    say(`bare SQL of 100 tables:      ${shown(figures.bareSql, ' s')}`);
    for (const [label, pair, unit] of [
      ['start to the first query', figures.firstQuery, ' s'],
      ["start to the model's SQL", figures.firstModel, ' s'],
      ['overhead of 100 models', figures.overhead, ' s'],
      [`parse of ${String(options.models)}, cold`, figures.parseCold, ' s'],
      [`parse of ${String(options.models)}, warm`, figures.parseWarm, ' s'],
      ['peak memory of the parse', figures.memory, ' MB'],
    ] as const) {
      if (pair === null) continue;
      say(
        `${`${label}:`.padEnd(28)} ${shown(pair.ours, unit)}; dbt-core ${shown(pair.theirs, unit)}; dbt-core / ours ${shown(pair.ratio, '')}`,
      );
    }
  });

await program.parseAsync();
