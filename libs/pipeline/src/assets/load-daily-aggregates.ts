import type { TaskContext } from '@ovis/orchestrator';
import { compileAllowlist } from '@ovis/pii-allowlist';
import type { ColumnValue, RowGroup } from '@ovis/raw-loader';
import {
  OvisClientError,
  readDailyAggregates,
  SHARD_FAILURES,
  type AggregateFallback,
  type AggregatePage,
  type AggregateQuestion,
  type OvisClient,
} from 'ovis-client';
import { dailyAggregateAllowlist, type DailyAggregateRow } from '../allowlists/daily-aggregate.ts';
import { PipelineError } from '../errors.ts';
import type { PipelineResources } from '../resources.ts';
import { questionsOf, readCursor, writeCursor, type AggregateCursor } from './aggregate-cursor.ts';
import { devicesOf } from './customer-devices.ts';
import { ListingProgress } from './listing-progress.ts';
import type { PageCheckpoint } from './load-listing.ts';
import { itemsOf, projectPage } from './project-page.ts';
import { dailyAggregatesTable } from './raw-tables.ts';
import { sharedProgress, type ListingLoader } from './shared-loaders.ts';

const PAGE_SIZE = 250;

const projector = compileAllowlist(dailyAggregateAllowlist);

/**
 * Loads one customer's aggregates, metric by metric and day by day, from the task's cursor to their end. A metric that fails does not keep
 * back the others: it is left in the cursor, and its error ends the task when all else is stored.
 */
export async function loadDailyAggregates(
  context: TaskContext<PipelineResources>,
  loader: ListingLoader,
): Promise<void> {
  const { shard, customerId, key } = context.task;
  const { client } = context.resources;
  if (!client || shard === null || customerId === null) {
    throw new PipelineError(`task ${key} of raw.daily_aggregates has no shard or no customer to ask for`);
  }
  const reading = new CustomerAggregates(context, { client, shard, customerId });
  await loader.load({
    signal: context.signal,
    groups: reading.groups(),
    owner: sharedProgress(context, dailyAggregatesTable, reading.progress),
  });
  if (reading.failure !== null) throw reading.failure;
}

/** The reading of one customer's aggregates. */
class CustomerAggregates {
  readonly progress: ListingProgress;
  /** The first failure that was passed over. */
  failure: OvisClientError | null = null;
  readonly #context: TaskContext<PipelineResources>;
  readonly #source: { readonly client: OvisClient; readonly shard: string; readonly customerId: string };
  readonly #all: readonly AggregateQuestion[];
  #cursor: AggregateCursor;
  readonly #failed: AggregateQuestion[] = [];
  #devices: Promise<readonly string[]> | null = null;

  constructor(
    context: TaskContext<PipelineResources>,
    source: { readonly client: OvisClient; readonly shard: string; readonly customerId: string },
  ) {
    this.#context = context;
    this.#source = source;
    this.#all = questionsOf(context.scheduledFor, context.isBackfill ? 0 : context.resources.aggregateLateDays);
    this.#cursor = readCursor(context.cursor, this.#all);
    this.progress = new ListingProgress(context.counters);
  }

  async *groups(): AsyncGenerator<RowGroup<PageCheckpoint>> {
    for (;;) {
      const [question, ...rest] = this.#cursor.left;
      if (question === undefined) break;
      try {
        for await (const page of this.#read(question)) {
          this.#cursor = { ...this.#cursor, left: page.next === null ? rest : this.#cursor.left, position: page.next };
          yield this.#group(question, page);
        }
      } catch (error) {
        this.#context.signal.throwIfAborted();
        // Where the shard is gone the other metrics would fail alike: the task ends where it stands.
        if (!(error instanceof OvisClientError) || SHARD_FAILURES.has(error.errorClass)) throw error;
        // One that may pass has the task tried again, whatever else failed for good.
        if (this.failure === null || (this.failure.retryability === 'terminal' && error.retryability === 'transient')) {
          this.failure = error;
        }
        this.#failed.push(question);
        this.#cursor = { ...this.#cursor, left: rest, position: null };
      }
    }
    // Keeps what failed in the cursor, also when it came last.
    if (this.#failed.length > 0) yield this.#checkpoint([]);
  }

  async *#read(question: AggregateQuestion): AsyncGenerator<AggregatePage> {
    const { signal, counters } = this.#context;
    const isRefused = this.#cursor.refused.includes(question.metric);
    const start = this.#cursor.position ?? (isRefused ? { level: 'device' as const, after: null } : null);
    const pages = readDailyAggregates({
      ...this.#source,
      question,
      pageSize: PAGE_SIZE,
      signal,
      ...(start === null ? {} : { start }),
      deviceIds: () => this.#devicesOnce(),
      deviceIdOf,
      onFallback: (fallback) => this.#fallBack(question, fallback),
      events: {
        onRequest: ({ operation }) => {
          counters.requests += 1;
          if (operation === 'getDeviceDailyAggregate') counters.fallbacks += 1;
        },
        onRetry: () => {
          counters.retries += 1;
        },
      },
    });
    let askedAtMs = performance.now();
    for await (const page of pages) {
      if (page.level === 'device') counters.fallbackMs += Math.round(performance.now() - askedAtMs);
      yield page;
      askedAtMs = performance.now();
    }
  }

  async #devicesOnce(): Promise<readonly string[]> {
    this.#devices ??= devicesOf(this.#context);
    try {
      return await this.#devices;
    } catch (error) {
      // The next question asks again.
      this.#devices = null;
      throw error;
    }
  }

  /** A listing that only broke off may do better on the next day; a metric that is refused is not asked for again. */
  #fallBack({ metric }: AggregateQuestion, { errorClass, isPartial }: AggregateFallback): void {
    const { fallbackClasses } = this.#context.counters;
    fallbackClasses[errorClass] = (fallbackClasses[errorClass] ?? 0) + 1;
    if (!isPartial) this.#cursor = { ...this.#cursor, refused: [...this.#cursor.refused, metric] };
  }

  #group(question: AggregateQuestion, page: AggregatePage): RowGroup<PageCheckpoint> {
    const { task, runId, clock } = this.#context;
    const { rows, quarantined, report } = projectPage(page.items, {
      projector,
      positionOf: itemsOf(`${question.metric} ${question.date}, page ${String(this.progress.nextNumber)}`),
      common: { shard: task.shard, customer_id: task.customerId, observed_at: clock.now(), run_id: runId, ...question },
      columnsOf: (allowed) => columnsOf(allowed, question),
    });
    const [first] = this.#all;
    const isFirst = question.metric === first?.metric && question.date === first.date;
    const thermostats = isFirst ? rows.length : 0;
    return this.#checkpoint(rows, {
      bytes: page.bytes,
      ...report,
      thermostats,
      silentDevices: page.silentDevices,
      quarantined,
    });
  }

  #checkpoint(
    rows: RowGroup<PageCheckpoint>['rows'],
    facts: Parameters<ListingProgress['add']>[0] = NO_PAGE,
  ): RowGroup<PageCheckpoint> {
    const pageNumber = this.progress.nextNumber;
    this.progress.add(facts);
    const nextCursor = writeCursor({ ...this.#cursor, left: [...this.#cursor.left, ...this.#failed] });
    return { rows, checkpoint: { pageNumber, nextCursor } };
  }
}

const NO_PAGE = { bytes: 0, thermostats: 0, dropped: new Map(), mismatched: new Map(), quarantined: [] };

/** An answer to another question is no answer. */
function columnsOf(
  allowed: DailyAggregateRow,
  { metric, date }: AggregateQuestion,
): Readonly<Record<string, ColumnValue>> | { readonly refused: string } {
  if (allowed.column('metric') !== metric) return { refused: 'answer_mismatch:metric' };
  if (allowed.column('date') !== date) return { refused: 'answer_mismatch:date' };
  return { device_id: allowed.column('deviceId') };
}

function deviceIdOf(item: unknown): string | null {
  const deviceId = typeof item === 'object' && item !== null && 'deviceId' in item ? item.deviceId : null;
  return typeof deviceId === 'string' ? deviceId : null;
}
