/** Base of what the pipeline's own code throws. */
export class PipelineError extends Error {
  override readonly name: string = 'PipelineError';
  readonly retryability = 'terminal';
}
