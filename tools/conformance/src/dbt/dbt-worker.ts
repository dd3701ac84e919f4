import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ConformanceError } from '../errors.ts';

/** What a command of dbt, or of the runner, ended with. */
export interface CommandOutcome {
  readonly code: number;
  readonly output: string;
}

export interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** dbt in a Python process that stays: commands run one after the other. */
export class DbtWorker implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];
  #errors = '';
  #isOver = false;

  private constructor(python: string) {
    const script = fileURLToPath(new URL('dbt_worker.py', import.meta.url));
    this.#process = spawn(python, [script], { env: { ...process.env, ...QUIET } });
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#errors = `${this.#errors}${chunk.toString()}`.slice(-4000);
    });
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#process.on('exit', () => {
      this.#isOver = true;
      for (const answer of this.#waiting.splice(0))
        answer(JSON.stringify({ code: 2, output: `dbt's process ended: ${this.#errors}` }));
    });
  }

  /** @throws ConformanceError when this Python has no dbt. */
  static async start(python: string): Promise<DbtWorker> {
    const worker = new DbtWorker(python);
    const first = await worker.#answer();
    if (!first.includes('"ready"')) throw new ConformanceError(`${python} cannot run dbt: ${first}`);
    return worker;
  }

  async run(command: Command): Promise<CommandOutcome> {
    if (this.#isOver) throw new ConformanceError(`dbt's process is over: ${this.#errors}`);
    const answer = this.#answer();
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse(await answer) as CommandOutcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    const ended = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.stdin.end();
    await ended;
  }

  #answer(): Promise<string> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

const QUIET = {
  DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  DBT_USE_COLORS: 'false',
  DBT_VERSION_CHECK: 'false',
  PYTHONWARNINGS: 'ignore',
};
