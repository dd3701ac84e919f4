import type { QueuedTask } from '../run-log/plan-tasks.ts';
import type { AnnouncingRun, TaskQueue } from '../task-queue.ts';
import type { TaskResult } from './run-task.ts';

/** Which tasks of a run are announced and not ended; a step's work is over when its planning is and none of its tasks is left. */
export class OpenTasks {
  /** By task, its raw table. */
  readonly #open = new Map<string, string>();
  readonly #planning: Set<string>;

  /** @param assets the raw tables that are planned. */
  constructor(assets: readonly string[]) {
    this.#planning = new Set(assets);
  }

  get isDone(): boolean {
    return this.#planning.size === 0 && this.#open.size === 0;
  }

  isDoneWith(asset: string): boolean {
    return !this.#planning.has(asset) && !this.#open.values().some((name) => name === asset);
  }

  isPlanned(asset: string): void {
    this.#planning.delete(asset);
  }

  async announce(queue: TaskQueue, asset: string, tasks: readonly QueuedTask[], run: AnnouncingRun): Promise<void> {
    // Before the queue knows of them, so that none can end before it counts as open.
    for (const { taskId } of tasks) this.#open.set(taskId, asset);
    await queue.announce(tasks, run);
  }

  get openIds(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Drops those that another process has ended. Only what was asked about: more may have been planned meanwhile. */
  dropEnded(asked: readonly string[], stillOpen: ReadonlySet<string>): void {
    for (const taskId of asked) if (!stillOpen.has(taskId)) this.#open.delete(taskId);
  }

  /** Drops those of a raw table, whatever becomes of them. */
  forget(asset: string): void {
    for (const [taskId, name] of this.#open) if (name === asset) this.#open.delete(taskId);
  }

  settle({ outcome, taskId }: TaskResult): void {
    // An obsolete announcement says nothing about the task: the run log does, when there is nothing else to do.
    if (outcome.state === 'succeeded' || outcome.state === 'failed') this.#open.delete(taskId);
  }
}
