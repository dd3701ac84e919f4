import { describeError } from '@ovis/foundation';
import type { OpenRun, ServiceEvent } from '@ovis/orchestrator';
import type { Logger } from 'pino';

/** Writes an event of the service to the log. */
export function logEvent(log: Logger, event: ServiceEvent): void {
  switch (event.type) {
    case 'run_planned':
      log.info({ job: event.run.job, scheduledFor: event.run.scheduledFor }, 'run planned');
      return;
    case 'run':
      log.debug({ ...factsOf(event.run), event: event.event.type }, 'run goes on');
      return;
    case 'run_ended': {
      const { outcome, seconds, attempt } = event.report;
      log[outcome === 'succeeded' ? 'info' : 'warn']({ ...factsOf(event.run), outcome, seconds, attempt }, 'run ended');
      return;
    }
    case 'run_handed_back':
      log.info(factsOf(event.run), 'run handed back');
      return;
    case 'run_broke_off':
      log.error({ ...factsOf(event.run), ...describeError(event.error) }, 'run broke off; it is led again');
      return;
    case 'task': {
      const { taskId, outcome, task } = event.result;
      const facts = { taskId, runId: task?.runId, asset: task?.asset, outcome: outcome.state };
      if ('error' in outcome) log.warn({ ...facts, ...outcome.error }, 'task failed');
      else log.debug(facts, 'task ended');
      return;
    }
    case 'tasks_taken_over':
      log.warn({ tasks: event.tasks }, 'tasks of a dead process taken over');
      return;
    case 'trouble':
      log.error({ part: event.part, retryInMs: event.retryInMs, ...describeError(event.error) }, 'trouble');
      return;
    case 'well_again':
      log.info({ part: event.part }, 'well again');
  }
}

function factsOf({ runId, job, scheduledFor, cause }: OpenRun): object {
  return { runId, job, scheduledFor, cause };
}
