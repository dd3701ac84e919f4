import type { RunEvent } from '@ovis/orchestrator';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { formatCount, formatSeconds } from '@ovis/foundation';

/** Shows what a run does while it does it. */
export interface Progress {
  onEvent(event: RunEvent): void;
  /** Ends the display; nothing is shown afterwards. */
  stop(): void;
}

const LINE_EVERY_MS = 2_000;

/** Live bars on a terminal, plain lines elsewhere. */
export function createProgress(output: NodeJS.WriteStream): Progress {
  return output.isTTY ? new BarProgress(output) : new LineProgress(output);
}

class BarProgress implements Progress {
  readonly #bars: MultiBar;
  readonly #stream: NodeJS.WriteStream;
  readonly #tables = new Map<string, SingleBar>();
  #isLoading = true;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    const format = '{name}  {bar}  {value}/{total} tasks  {rows} rows';
    this.#bars = new MultiBar({ stream, format, hideCursor: true, clearOnComplete: false, barsize: 24 }, Presets.rect);
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'tasks_planned') {
      const bar = this.#tables.get(event.asset) ?? this.#bars.create(0, 0, { name: event.asset.padEnd(26), rows: 0 });
      this.#tables.set(event.asset, bar);
      bar.setTotal(bar.getTotal() + event.tasks);
    } else if (event.type === 'task_ended' && event.outcome !== 'to_retry') {
      const bar = this.#tables.get(event.asset);
      bar?.increment(1, { rows: (rowsOf(bar) + event.rows).toLocaleString('en-US') });
    } else {
      // Loading is over: lines that follow need not be squeezed in above the bars.
      if (event.type === 'model_finished') this.stop();
      for (const line of linesOf(event)) this.#write(`${line}\n`);
    }
  }

  #write(text: string): void {
    if (this.#isLoading) this.#bars.log(text);
    else this.#stream.write(text);
  }

  stop(): void {
    if (!this.#isLoading) return;
    this.#isLoading = false;
    this.#bars.stop();
  }
}

/** The bar keeps its payload as it is shown. */
function rowsOf(bar: SingleBar): number {
  const payload: unknown = Reflect.get(bar, 'payload');
  const rows: unknown = typeof payload === 'object' && payload !== null && 'rows' in payload ? payload.rows : 0;
  return Number(String(rows).replaceAll(',', ''));
}

class LineProgress implements Progress {
  readonly #output: NodeJS.WriteStream;
  readonly #tables = new Map<string, { planned: number; ended: number; rows: number }>();
  #lastLineMs = 0;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'tasks_planned' || event.type === 'task_ended') this.#count(event);
    for (const line of linesOf(event)) this.#output.write(`${line}\n`);
  }

  #count(event: Extract<RunEvent, { type: 'tasks_planned' | 'task_ended' }>): void {
    const table = this.#tables.get(event.asset) ?? { planned: 0, ended: 0, rows: 0 };
    this.#tables.set(event.asset, table);
    if (event.type === 'tasks_planned') table.planned += event.tasks;
    else if (event.outcome !== 'to_retry') {
      table.ended += 1;
      table.rows += event.rows;
    }
    const now = performance.now();
    if (now - this.#lastLineMs < LINE_EVERY_MS) return;
    this.#lastLineMs = now;
    for (const [asset, { planned, ended, rows }] of this.#tables) {
      this.#output.write(
        `${asset}: ${formatCount(ended)} of ${formatCount(planned)} tasks, ${formatCount(rows)} rows\n`,
      );
    }
  }

  stop(): void {
    // Lines need no end.
  }
}

function linesOf(event: RunEvent): readonly string[] {
  switch (event.type) {
    case 'run_started':
      return [
        `run ${event.runId} for ${event.scheduledFor.toISOString()}${event.attempt > 1 ? `, attempt ${String(event.attempt)}` : ''}`,
      ];
    case 'scope_failed':
      return [`${event.asset}: ${event.scope} could not be listed: ${event.message}`];
    case 'task_ended':
      return event.outcome === 'failed' ? [`${event.asset}: ${event.key} failed: ${event.message ?? ''}`] : [];
    case 'model_finished': {
      const { name, kind, status, rows, seconds } = event.result;
      if (kind === 'test' && status !== 'failed') return [];
      const count = rows === null ? '' : `, ${formatCount(rows)} rows`;
      return [`${kind} ${name}: ${status}${count}, ${formatSeconds(seconds)}`];
    }
    case 'tasks_planned':
    case 'step_finished':
      return [];
  }
}
