import { display } from '../project/display.ts';
import { SettingsError } from '../errors.ts';
import { targetWriter } from '../files/write-target.ts';
import { selectionRequest } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { compileInline, compileProject } from '../run/compile-project.ts';
import type { QueryResult } from '../warehouse/warehouse.ts';
import { writeCompileResults } from './compile-command.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';
import { readSelection } from './selection.ts';

/** `show`: the first rows of a model, or of a query given with `--inline`. @returns the exit code. */
export async function showCommand(
  options: CommandOptions & { readonly limit: number; readonly output: string },
  io: CliIo,
): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const { signal, dispose } = onSignals();
  const warehouse = await connectPostgres(settings)({ sessions: 1 });
  try {
    const { selection } = await readSelection(project, options, io, targetPath);
    const show = async (name: string, sql: string): Promise<void> => {
      const limited = options.limit < 0 ? sql : `select * from (\n${sql}\n) as ovis_show limit ${options.limit}`;
      const result = await warehouse.withSession((session) => session.execute(limited), signal);
      io.out(options.output === 'json' ? `${jsonOf(name, result)}\n` : `${name}\n${tableOf(result)}\n`);
    };
    if (options.inline !== undefined) {
      await show('inline_query', await compileInline({ project, warehouse, sql: options.inline, signal }));
      return 0;
    }
    if (selectionOf(options).length === 0) throw new SettingsError('show needs --select or --inline');
    const { ids } = selectNodes(project, selectionRequest({ ...selection, indirectSelection: 'empty' }));
    const compiled = await compileProject({ project, ids, warehouse, signal });
    if (compiled.length === 0) io.err('warning: the selection names nothing that can be shown\n');
    for (const { node, sql } of compiled) await show(node.name, sql);
    const rendered = new Map(compiled.map(({ node, sql }) => [node.uniqueId, sql]));
    const done = { ids: new Set(rendered.keys()), rendered };
    if (compiled.length > 0) await writeCompileResults(project, targetWriter(targetPath), 'show', done);
    return 0;
  } finally {
    dispose();
    await warehouse.close();
  }
}

function jsonOf(name: string, { columns, rows }: QueryResult): string {
  const shown = rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, plain(row[index])])));
  return JSON.stringify({ node: name, show: shown }, null, 2);
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Rows in columns of one width. */
export function tableOf({ columns, rows }: Pick<QueryResult, 'columns' | 'rows'>): string {
  const cells = [columns, ...rows.map((row) => row.map((cell) => (cell === null ? '' : display(cell))))];
  const widths = columns.map((_, index) => Math.min(40, Math.max(...cells.map((row) => (row[index] ?? '').length))));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, index) => (row[index] ?? '').slice(0, width).padEnd(width)).join(' | ')} |`;
  const [header = [], ...body] = cells;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
