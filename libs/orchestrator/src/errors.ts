import type { Retryability } from '@ovis/foundation';

/** Base of what this library throws. Messages hold no row values. */
export class OrchestratorError extends Error {
  override readonly name: string = 'OrchestratorError';
  readonly retryability: Retryability;

  constructor(message: string, retryability: Retryability, options?: ErrorOptions) {
    super(message, options);
    this.retryability = retryability;
  }
}

/** The caller asked for something that does not exist or cannot be asked for: a job, a time, a cron expression. */
export class UsageError extends OrchestratorError {
  override readonly name = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** Another process executes this run at the moment. */
export class RunBusyError extends OrchestratorError {
  override readonly name = 'RunBusyError';

  constructor(job: string, scheduledFor: Date) {
    super(
      `another process is executing ${job} for ${scheduledFor.toISOString()}; wait for it to end, its result is in ops.runs`,
      'transient',
    );
  }
}

/** A task was taken over by somebody else, so what this worker did for it must not be written. */
export class FencedError extends OrchestratorError {
  override readonly name = 'FencedError';

  constructor(taskKey: string) {
    super(`task ${taskKey} was taken over by another attempt; this one writes nothing more`, 'terminal');
  }
}

/** An attempt at a task took too long. */
export class TaskDeadlineError extends OrchestratorError {
  override readonly name = 'TaskDeadlineError';
  readonly errorClass = 'deadline_exceeded';

  constructor(taskKey: string, deadlineMs: number) {
    super(
      `task ${taskKey} did not end within ${String(deadlineMs / 1000)} s; its next attempt goes on at its cursor`,
      'transient',
    );
  }
}

/** A run that was to be led has ended meanwhile, and stays as it is. */
export class RunEndedError extends OrchestratorError {
  override readonly name = 'RunEndedError';

  constructor(job: string, scheduledFor: Date) {
    super(`${job} for ${scheduledFor.toISOString()} has ended meanwhile; ask for it again to repeat it`, 'terminal');
  }
}

/** A step took too long; what was loaded of it stays. */
export class StepDeadlineError extends OrchestratorError {
  override readonly name = 'StepDeadlineError';
  readonly errorClass = 'deadline';

  constructor(what: string, deadlineMs: number) {
    super(
      `${what} did not end within ${String(deadlineMs / 1000)} s; what was loaded stays, and a retry of the run goes on with the rest`,
      'transient',
    );
  }
}

/** This process stops leading a run, which another one goes on with. */
export class RunHandedBack extends OrchestratorError {
  override readonly name = 'RunHandedBack';

  constructor(job: string) {
    super(`this process has stopped; another one goes on with ${job}`, 'transient');
  }
}
