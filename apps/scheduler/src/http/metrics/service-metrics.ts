import type { RunEvent, ServiceEvent } from '@ovis/orchestrator';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const STEP_BUCKETS = [0.1, 0.5, 2, 10, 30, 60, 300, 900, 3600];

/** Counts what this process leads and works on; over replicas the counts add up. */
export function serviceMetrics(registry: Registry): (event: ServiceEvent) => void {
  const registers = [registry];
  const runs = new Counter({
    name: 'ovis_runs_ended_total',
    help: 'Runs that this process led to their end, by outcome',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const runSeconds = new Histogram({
    name: 'ovis_run_seconds',
    help: 'Duration of runs',
    labelNames: ['job'],
    buckets: STEP_BUCKETS,
    registers,
  });
  const stepSeconds = new Histogram({
    name: 'ovis_step_seconds',
    help: 'Duration of steps that this process led, by asset',
    labelNames: ['asset'],
    buckets: STEP_BUCKETS,
    registers,
  });
  const tasks = new Counter({
    name: 'ovis_tasks_total',
    help: 'Attempts at tasks in this process, by how they ended',
    labelNames: ['asset', 'outcome'],
    registers,
  });
  const rows = new Counter({
    name: 'ovis_rows_total',
    help: 'Rows of tasks that succeeded in this process, by what was done with them',
    labelNames: ['asset', 'kind'],
    registers,
  });
  const takenOver = new Counter({
    name: 'ovis_tasks_taken_over_total',
    help: 'Tasks that this process took from dead ones',
    registers,
  });
  const troubles = new Counter({
    name: 'ovis_service_troubles_total',
    help: 'Times that a part of the service could not do its work',
    labelNames: ['part'],
    registers,
  });
  const isWell = new Gauge({
    name: 'ovis_service_part_well',
    help: 'Whether a part of the service does its work: 1, or 0 since it could not',
    labelNames: ['part'],
    registers,
  });
  const onRunEvent = (event: RunEvent): void => {
    // A step that an earlier execution has loaded takes no time.
    if (event.type === 'step_finished' && event.step.seconds > 0) {
      stepSeconds.observe({ asset: event.step.asset }, event.step.seconds);
    }
    if (event.type === 'model_finished' && event.result.kind !== 'test') {
      stepSeconds.observe({ asset: event.result.name }, event.result.seconds);
    }
  };
  return (event) => {
    switch (event.type) {
      case 'run':
        onRunEvent(event.event);
        return;
      case 'run_ended':
        runs.inc({ job: event.run.job, outcome: event.report.outcome });
        runSeconds.observe({ job: event.run.job }, event.report.seconds);
        return;
      case 'task': {
        const { task, outcome } = event.result;
        if (!task || outcome.state === 'obsolete') return;
        tasks.inc({ asset: task.asset, outcome: outcome.state });
        if (outcome.state !== 'succeeded') return;
        rows.inc({ asset: task.asset, kind: 'inserted' }, task.counters.rowsInserted);
        rows.inc({ asset: task.asset, kind: 'updated' }, task.counters.rowsUpdated);
        rows.inc({ asset: task.asset, kind: 'unchanged' }, task.counters.rowsUnchanged);
        return;
      }
      case 'tasks_taken_over':
        takenOver.inc(event.tasks);
        return;
      case 'trouble':
        troubles.inc({ part: event.part });
        isWell.set({ part: event.part }, 0);
        return;
      case 'well_again':
        isWell.set({ part: event.part }, 1);
        return;
      case 'run_planned':
      case 'run_handed_back':
      case 'run_broke_off':
        return;
    }
  };
}
