import { Command, InvalidArgumentError } from 'commander';
import type { Spread } from '../measuring/statistics.ts';

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

const program = new Command('npm run bench --').description(
  'Measurements; each is a ratio to a baseline in the same run.',
);

program
  .command('extract-load')
  .description('extract, project and load device states, beside a single-stream COPY of the same rows')
  .option('--devices <n>', 'devices of the simulated fleet', wholeNumber, 100_000)
  .option('--pairs <n>', 'counted pairs of extraction and COPY', wholeNumber, 5)
  .action(async (options: { devices: number; pairs: number }) => {
    const { measureExtractLoad } = await import('../extract-load/extract-load.ts');
    const figures = await measureExtractLoad(options);
    say(
      `${figures.rows.toLocaleString('en-US')} rows, ${figures.megabytes.toFixed(1)} MB as COPY text; median (least to greatest) of ${String(options.pairs)} pairs`,
    );
    say(`extract + project + load:  ${shown(figures.extraction, ' s')}; CPU ${shown(figures.extractionCpu, ' s')}`);
    say(`single-stream COPY:        ${shown(figures.copy, ' s')}`);
    say(`ratio:                     ${shown(figures.ratio, '')}`);
    say(`peak memory of extraction: ${figures.peakMegabytes.toFixed(0)} MB`);
    if (figures.sourceCpu) say(`CPU of the source:         ${shown(figures.sourceCpu, ' s')}`);
  });

await program.parseAsync();
