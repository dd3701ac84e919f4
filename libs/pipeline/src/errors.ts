/** Base of what the pipeline's own code throws. */
export class PipelineError extends Error {
  override readonly name: string = 'PipelineError';
  readonly retryability = 'terminal';
}

/** The source changed while it was read, or is not ready: trying again may help. */
export class SourceChangedError extends Error {
  override readonly name = 'SourceChangedError';
  readonly retryability = 'transient';
  readonly errorClass = 'source_changed';
}

/** Too many lines of a folder were refused for the rest to be trusted. */
export class TooManyRefusedError extends Error {
  override readonly name = 'TooManyRefusedError';
  readonly retryability = 'terminal';
  readonly errorClass = 'too_many_refused';
}

/** Somebody read a partition for longer than its removal could wait: trying again later helps. */
export class TableBusyError extends Error {
  override readonly name = 'TableBusyError';
  readonly retryability = 'transient';
  readonly errorClass = 'table_busy';

  constructor(table: string, waitedMs: number, options?: ErrorOptions) {
    super(
      `${table} was in use for longer than ${String(Math.round(waitedMs / 1000))} s, so it could not be dropped; run the same again when nobody reads it`,
      options,
    );
  }
}
