import { z } from 'zod';

/** An instant in a request: RFC 3339 with an offset, of this century. */
export const instant = z.iso
  .datetime({ offset: true })
  .regex(/^20\d\d-/)
  .transform((text) => new Date(text));

/** An instant in an answer. */
export const time = z.date().meta({ format: 'date-time' });
export const timeOrNull = time.nullable();

export const uuid = z.uuid();
export const jobName = z.string().regex(/^[A-Za-z0-9_]{1,64}$/);
export const assetName = z.string().regex(/^[A-Za-z0-9_]{1,63}(\.[A-Za-z0-9_]{1,63}){1,2}$/);

const runState = z.enum(['queued', 'running', 'succeeded', 'partly_failed', 'failed', 'cancelled']);
const stepState = z.enum(['queued', 'running', 'succeeded', 'partly_failed', 'failed', 'skipped', 'cancelled']);
export const taskState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export const cause = z.enum(['schedule', 'backfill', 'manual', 'upstream']);

/** Of a query: a value that may be given several times. */
export const runStates = z.union([z.array(runState).max(6), runState.transform((state) => [state])]);
export const taskStates = z.union([z.array(taskState).max(5), taskState.transform((state) => [state])]);

/** How many entries a page has. */
export const limit = z
  .string()
  .regex(/^(?:[1-9]\d?|1\d\d|200)$/)
  .transform(Number)
  .default(50)
  .describe('Entries on a page, 1 to 200.');

export const cursor = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,600}$/)
  .describe('`next` of the page before.');

const counts = z.record(z.string(), z.number());
const count = z.number();
const countOrNull = z.number().nullable();

export const runSchema = z
  .object({
    runId: uuid,
    job: z.string(),
    scheduledFor: time.describe('The logical time: a tick of the job.'),
    cause,
    state: runState,
    attempt: z.int().describe('How often it was executed; 0 until the first time.'),
    reason: z.string().nullable().describe('Why it ended as it did.'),
    force: z.boolean().describe('Whether it fetches again what was loaded before.'),
    createdAt: time,
    startedAt: timeOrNull,
    finishedAt: timeOrNull,
    cancelRequestedAt: timeOrNull,
    backfillId: uuid.nullable().describe('The backfill that asked for it last.'),
  })
  .meta({ id: 'Run' });

const stepSchema = z
  .object({
    asset: z.string(),
    kind: z.enum(['extract', 'model']),
    state: stepState,
    isPlanned: z.boolean().describe('Whether all its tasks are known.'),
    errorClass: z.string().nullable(),
    errorMessage: z.string().nullable(),
    startedAt: timeOrNull,
    finishedAt: timeOrNull,
    tasks: z.object({ queued: count, running: count, succeeded: count, failed: count, cancelled: count }),
    failedScopes: z.int().describe('Parts of the source whose tasks could not be listed.'),
  })
  .meta({ id: 'Step' });

export const materializationSchema = z
  .object({
    materializationId: z.string(),
    runId: uuid,
    asset: z.string(),
    attempt: z.int(),
    state: z.enum(['succeeded', 'partly_failed', 'failed']),
    startedAt: time,
    finishedAt: time,
    durationSeconds: z.number(),
    customers: countOrNull,
    thermostats: countOrNull,
    rowsInserted: countOrNull,
    rowsUpdated: countOrNull,
    rowsUnchanged: countOrNull,
    bytes: countOrNull,
    requests: countOrNull,
    retries: countOrNull,
    fallbacks: countOrNull,
    fallbackCustomers: countOrNull,
    fallbackSeconds: countOrNull,
    fallbacksByClass: counts,
    silentDevices: countOrNull,
    droppedFields: countOrNull,
    mismatchedFields: countOrNull,
    quarantinedRows: countOrNull,
    errorsByClass: counts,
  })
  .meta({
    id: 'Materialization',
    description: 'One writing of an asset. A count that does not apply to it is null.',
  });

export const runDetailSchema = z
  .object({
    run: runSchema,
    steps: z.array(stepSchema),
    failures: z
      .array(z.object({ asset: z.string(), errorClass: z.string(), tasks: z.int() }))
      .describe('Failed tasks by class of error, the most frequent first.'),
    materializations: z.array(materializationSchema).describe('The newest of each asset.'),
  })
  .meta({ id: 'RunDetail' });

export const taskSchema = z
  .object({
    taskId: uuid,
    asset: z.string(),
    key: z.string(),
    kind: z.enum(['task', 'scope']).describe('scope: listing the tasks of a part of the source.'),
    shard: z.string().nullable(),
    customerId: z.string().nullable(),
    state: taskState,
    attempt: z.int(),
    tries: z.int(),
    errorClass: z.string().nullable(),
    errorMessage: z.string().nullable(),
    startedAt: timeOrNull,
    finishedAt: timeOrNull,
  })
  .meta({ id: 'Task' });

export const runEventSchema = z
  .object({
    eventId: z.int(),
    runId: uuid.nullable(),
    asset: z.string().nullable(),
    taskKey: z.string().nullable(),
    kind: z.string().describe('Such as run_started, step_finished, task_failed, cancel_requested.'),
    detail: z.record(z.string(), z.unknown()),
    occurredAt: time,
  })
  .meta({ id: 'RunEvent' });

export const jobSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    on: z
      .enum(['schedule', 'upstream'])
      .describe(
        'schedule: at its ticks; upstream: when each table of `upstream` has newer data than it was built from.',
      ),
    cron: z.string().nullable().describe('Null without a schedule, as are the ticks.'),
    timeZone: z.string(),
    missed: z
      .enum(['all', 'latest', 'skip'])
      .nullable()
      .describe('What becomes of ticks that passed while nothing ran.'),
    assets: z.array(z.string()).describe('Raw tables that it loads; the models that it builds, on upstream.'),
    upstream: z.array(z.string()).describe('Raw tables whose newer data it waits for.'),
    pausedAt: timeOrNull.describe('Since when it makes no runs by itself.'),
    latestTick: timeOrNull,
    nextTicks: z.array(time),
  })
  .meta({ id: 'Job' });

export const assetSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['raw', 'model', 'seed']),
    description: z.string(),
    jobs: z.array(z.string()).describe('Jobs that load or build it.'),
    isSnapshot: z.boolean().describe('Whether its source knows only its present state.'),
    upstream: z.array(z.string()),
    downstream: z.array(z.string()),
    newest: materializationSchema.nullable(),
  })
  .meta({ id: 'Asset' });

export const coverageSchema = z
  .object({
    asset: z.string(),
    job: z.string(),
    loaded: z.array(z.object({ start: time, end: time, runId: uuid, loadedAt: time })),
    missing: z.array(
      z.object({
        start: time,
        end: time,
        isRecoverable: z.boolean().describe('Whether the source can still be asked for it.'),
        run: z
          .object({ runId: uuid, state: runState, cause })
          .nullable()
          .describe('The newest run for it; null if there is none.'),
      }),
    ),
  })
  .meta({ id: 'Coverage', description: 'Half-open intervals of logical time.' });

export const dropSchema = z
  .object({
    asset: z.string(),
    path: z.string().describe('A named field, or the parent of unnamed ones such as configuration.*'),
    kind: z.enum(['dropped', 'mismatched']),
    count,
    runs: z.int(),
    lastScheduledFor: time,
  })
  .meta({ id: 'AllowlistDrop' });
