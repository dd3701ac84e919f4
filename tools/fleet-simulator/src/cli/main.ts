import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SimulatorError } from '../errors.ts';
import type { Profile } from '../fleet/profile.ts';
import type { SimulatorOptions } from '../options.ts';
import { startSimulator } from '../simulator.ts';

interface Arguments {
  readonly devices: number;
  readonly customers?: number;
  readonly shards: number;
  readonly seed: string;
  readonly now?: string;
  readonly profile: Profile;
  readonly port: number;
  readonly host: string;
  readonly workers: boolean;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

const command = new Command('fleet-simulator')
  .description('A simulated thermostat fleet behind real HTTP servers that answer the contract of the ovis API.')
  .addOption(new Option('--devices <n>', 'devices in the field').default(2000).argParser(wholeNumber))
  .addOption(new Option('--customers <n>', 'customers (default: one for every 65 devices)').argParser(wholeNumber))
  .addOption(new Option('--shards <n>', 'shards, a server each').default(5).argParser(wholeNumber))
  .option('--seed <text>', 'equal seeds make equal fleets', '1')
  .option(
    '--now <time>',
    'simulated time, as in 2026-11-22T00:00:00Z; it stands still (default: the running wall clock)',
  )
  .addOption(new Option('--profile <name>', 'how tidy the answers are').choices(['tidy', 'untidy']).default('tidy'))
  .addOption(
    new Option('--port <n>', 'port of the first shard; the others and the control server follow (0: free ones)')
      .default(0)
      .argParser(wholeNumber),
  )
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--workers', 'a thread a shard', false)
  .exitOverride()
  .action(run);

/** Ports one after another from `first`; free ones for 0. An absurd number of shards is left to the check of the options. */
function portsFrom(first: number, shards: number): Pick<SimulatorOptions, 'ports' | 'controlPort'> {
  if (first === 0) return {};
  const ports = Array.from({ length: Math.min(shards, 65_535) }, (_, shard) => first + shard);
  return { ports, controlPort: first + shards };
}

async function run(): Promise<void> {
  const { port, ...given } = command.opts<Arguments>();
  const options: SimulatorOptions = { ...given, ...portsFrom(port, given.shards) };
  const simulator = await startSimulator(options);
  const stop = (): void => void simulator.close().then(() => process.exit(0));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const { username, password } = simulator.shards[0] ?? { username: '', password: '' };
  const { devices, customers } = simulator.world.options;
  process.stdout.write(
    `OVIS_SHARDS=${simulator.shardsVariable}\n` +
      `control: ${simulator.control.url}\n` +
      `user: ${username} / ${password}\n` +
      `${devices} devices of ${customers} customers on ${simulator.shards.length} shards, seed ${given.seed}, ` +
      `${given.profile}, at ${simulator.now().toISOString()}; stop with Ctrl+C\n`,
  );
}

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof SimulatorError) process.stderr.write(`fleet-simulator: ${error.message}\n`);
  // Commander has said what is wrong, or has shown its help.
  else if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
}
