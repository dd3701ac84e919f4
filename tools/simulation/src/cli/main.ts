import { Command, InvalidArgumentError } from 'commander';
import { simulate, type SimulationResult } from '../simulate.ts';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0.');
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const DAY_MS = 86_400_000;
const counted = (facts: Readonly<Record<string, number>>): string =>
  Object.entries(facts)
    .map(([name, count]) => `${count.toLocaleString('en-US')} ${name}`)
    .join(', ') || 'none';

function report({
  seconds,
  outages,
  deployments,
  runs,
  tasks,
  tables,
  faults,
  size,
  megabytes,
}: SimulationResult): void {
  say('');
  for (const [part, stretches] of Object.entries(outages)) {
    const days = stretches.reduce((sum, { from, to }) => sum + (to.getTime() - from.getTime()) / DAY_MS, 0);
    say(`${part} away: ${String(stretches.length)} times, ${days.toFixed(1)} days`);
  }
  say(`replicas replaced while they served: ${String(deployments)}`);
  say(`runs: ${counted(runs)}; tasks that took effect: ${tasks.toLocaleString('en-US')}`);
  for (const { name, loaded, gaps } of tables) say(`${name}: ${String(loaded)} days loaded; gaps: ${counted(gaps)}`);
  say(`on disk: run log ${size.runLog.toFixed(1)} MB, queue ${size.queue.toFixed(1)} MB`);
  say(`memory: ${megabytes.early.toFixed(0)} MB after a tenth of the time, ${megabytes.late.toFixed(0)} MB at the end`);
  for (const fault of faults) say(`FAULT: ${fault}`);
  say(
    `${faults.length === 0 ? 'as the reference has it' : `${String(faults.length)} faults`}, after ${seconds.toFixed(0)} s`,
  );
}

await new Command('npm run simulate --')
  .description(
    'Has the service run the schedules of the platform over simulated days, with outages, and compares the run log with a plain reference. Exits with 1 if they differ.',
  )
  .option('--days <n>', 'simulated days', wholeNumber, 365)
  .option('--customers <n>', 'tasks of each step that has one a customer', wholeNumber, 10)
  .option('--replicas <n>', 'services on one database', wholeNumber, 2)
  .option('--seed <n>', 'decides on the outages', wholeNumber, 7)
  .action(async (options: { days: number; customers: number; replicas: number; seed: number }) => {
    const begin = performance.now();
    const onDay = (day: string, runs: number): void => {
      if (!day.endsWith('-01')) return;
      say(`${day}: ${String(runs)} runs, ${((performance.now() - begin) / 1000).toFixed(0)} s`);
    };
    const result = await simulate({ ...options, onDay });
    report(result);
    process.exitCode = result.faults.length === 0 ? 0 : 1;
  })
  .parseAsync();
