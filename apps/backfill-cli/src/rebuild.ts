import { formatCount, formatSeconds } from '@ovis/foundation';
import type { ModelResult } from '@ovis/orchestrator';
import { rebuildModels, type PipelineResources, type RebuildPlan } from '@ovis/pipeline';
import { countOf } from './terminal/count-of.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './exit-code.ts';

/** Builds models again and says how that went. @returns the exit code. */
export async function rebuild(
  plan: RebuildPlan,
  options: { readonly resources: PipelineResources; readonly context: CommandContext; readonly json: boolean },
): Promise<number> {
  const { resources, context, json } = options;
  const { display, output, signal } = context;
  const results = await rebuildModels(resources, plan, {
    signal,
    onResult: (result) => {
      const line = modelLine(result);
      if (!json && line !== null) display.write(`${line}\n`);
    },
  });
  const failed = results.filter(({ status }) => status === 'failed');
  const built = results.filter(({ kind, status }) => kind !== 'test' && status !== 'failed' && status !== 'skipped');
  const state = signal.aborted ? 'cancelled' : failed.length > 0 ? 'failed' : 'succeeded';
  const text = json
    ? JSON.stringify({ plan, state, results }, null, 2)
    : signal.aborted
      ? 'interrupted; the same command builds the rest'
      : `${countOf(built.length, 'model')} built, ${countOf(failed.length, 'model or test', 'models or tests')} failed`;
  output.write(`${text}\n`);
  if (state === 'cancelled') return EXIT.interrupted;
  return state === 'failed' ? EXIT.failed : EXIT.done;
}

/** A line for a model that was built; null for a test that passed. */
export function modelLine({ name, kind, status, rows, seconds, message }: ModelResult): string | null {
  if (kind === 'test' && status !== 'failed') return null;
  const count = rows === null ? '' : `, ${formatCount(rows)} rows`;
  const said = message === null ? '' : `\n  ${message}`;
  return `${kind} ${name}: ${status}${count}, ${formatSeconds(seconds)}${said}`;
}
