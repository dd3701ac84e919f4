import { materializationLabel } from './label.ts';
import type { NodeResult, NodeStatus, RunEvent, RunResult } from '../run/result.ts';

export interface Reporter {
  readonly event: (event: RunEvent) => void;
  readonly summary: (result: RunResult) => void;
}

const WORDS: Readonly<Record<NodeStatus, string>> = {
  success: 'OK',
  pass: 'PASS',
  warn: 'WARN',
  fail: 'FAIL',
  error: 'ERROR',
  skipped: 'SKIP',
  'partial success': 'PART',
  'no-op': 'NOOP',
};

/** Tells a run in plain lines, or as one JSON object a line. */
export function reporter(options: {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly write: (text: string) => void;
}): Reporter {
  const say = (text: string): void => options.write(`${text}\n`);
  if (options.json) {
    return {
      event: (event) => say(JSON.stringify(event)),
      summary: ({ results: _, ...rest }) =>
        say(JSON.stringify({ kind: 'run-finished', ...rest, counts: Object.fromEntries(countByStatus(_)) })),
    };
  }
  return {
    event: (event) => {
      const line = lineOf(event);
      if (line !== null && (!options.quiet || isTrouble(event))) say(line);
    },
    summary: (result) => {
      if (!options.quiet || result.results.some(({ status }) => status === 'error' || status === 'fail'))
        say(summaryOf(result));
    },
  };
}

function isTrouble(event: RunEvent): boolean {
  return event.kind === 'node-finished' && (event.result.status === 'error' || event.result.status === 'fail');
}

function lineOf(event: RunEvent): string | null {
  switch (event.kind) {
    case 'run-started':
      return event.nodes === 0
        ? 'nothing to do: the selection chooses no node of this kind'
        : `running ${event.nodes} nodes`;
    case 'node-started':
      return null;
    case 'node-finished':
      return resultLine(event.result, event.index, event.total);
    case 'warning':
      return `warning: ${event.message}`;
    case 'log':
      return event.message;
  }
}

function resultLine(result: NodeResult, index: number, total: number): string {
  const number = `${String(index).padStart(String(total).length)}/${total}`;
  const rows =
    result.rows === null || result.status === 'pass'
      ? ''
      : `, ${result.rows} ${result.resourceType === 'test' ? 'failing ' : ''}rows`;
  const time = result.status === 'skipped' ? '' : ` in ${result.seconds.toFixed(2)} s`;
  const message = result.message === null ? '' : `\n${result.message.replaceAll(/^/gmu, '    ')}`;
  return `${number} ${WORDS[result.status].padEnd(5)} ${materializationLabel(result)}${rows}${time}${message}`;
}

function summaryOf(result: RunResult): string {
  const counts = [...countByStatus(result.results)].map(([status, count]) => `${count} ${WORDS[status].toLowerCase()}`);
  const seconds = (result.finishedAt.getTime() - result.startedAt.getTime()) / 1000;
  return `${result.isCancelled ? 'cancelled after' : 'done in'} ${seconds.toFixed(2)} s: ${counts.join(', ') || 'nothing ran'}`;
}

function countByStatus(results: readonly NodeResult[]): ReadonlyMap<NodeStatus, number> {
  const counts = new Map<NodeStatus, number>();
  for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}
