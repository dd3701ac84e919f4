import { randomUUID } from 'node:crypto';
import { runResultsArtifact } from '../artifacts/run-results.ts';
import { macroId, type MacroEntry } from '../compile/macro-library.ts';
import { runScope } from '../compile/run-context.ts';
import { callValue, toPython } from '../compile/template-engine.ts';
import { targetWriter } from '../files/write-target.ts';
import type { NodeResult } from '../run/result.ts';
import { SettingsError } from '../errors.ts';
import { connectPostgres } from '../postgres/warehouse.ts';
import { isRecord, parseYaml } from '../project/yaml-cursor.ts';
import { suggestion } from '../project/suggestion.ts';
import { annotate } from '../run/annotate.ts';
import { TransactionalAccess } from '../run/database-access.ts';
import { operationNode } from '../run/operation-node.ts';
import { describeFailure } from '../run/describe-failure.ts';
import { onSignals } from './signals.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';

/** `run-operation`: calls one macro. @returns the exit code: 1 when the macro fails. */
export async function operationCommand(
  name: string,
  options: CommandOptions & { readonly args?: string },
  io: CliIo,
): Promise<number> {
  const { project, settings, targetPath } = await openProject(options, io);
  const args = parseYaml('--args', options.args ?? '{}').value ?? {};
  if (!isRecord(args)) throw new SettingsError("--args is no mapping; expected YAML such as '{name: value}'");
  const [first = '', second] = name.split('.');
  const entry =
    second === undefined ? project.library.find(first, project.name) : project.library.findIn(first, second);
  if (entry === undefined)
    throw new SettingsError(`there is no macro "${name}"${suggestion(name, project.library.names())}`);
  const { signal, dispose } = onSignals();
  const warehouse = await connectPostgres(settings)({ sessions: 1 });
  try {
    await warehouse.withSession(async (session) => {
      const access = new TransactionalAccess(session);
      const context = {
        project,
        invocation: { id: randomUUID(), startedAt: new Date(), verb: 'run-operation', fullRefresh: false },
        log: (message: string) => io.out(`${message}\n`),
        warn: (message: string) => io.err(`warning: ${message}\n`),
      };
      await annotate(session, { ...context, node: null, connectionName: `macro_${name}` });
      const scope = runScope({
        ...context,
        node: operationNode(project, first),
        access,
        isIncremental: false,
        mayReferToAll: true,
        onEphemeral: () => undefined,
      });
      const keyword = new Map(Object.entries(args).map(([key, value]) => [key, toPython(value)]));
      try {
        await callValue(scope.bind(entry), { positional: [], keyword });
        await access.commit();
      } finally {
        await access.rollBack().catch(() => undefined);
      }
    }, signal);
    await writeResult(targetPath, entry, null);
    return 0;
  } catch (error) {
    const message = describeFailure(error, null);
    io.err(`error: ${message}\n`);
    await writeResult(targetPath, entry, message);
    return 1;
  } finally {
    dispose();
    await warehouse.close();
  }
}

async function writeResult(targetPath: string, entry: MacroEntry, message: string | null): Promise<void> {
  const now = new Date();
  const result: NodeResult = {
    uniqueId: macroId(entry),
    name: entry.name,
    resourceType: 'operation',
    status: message === null ? 'success' : 'error',
    relation: null,
    rows: null,
    seconds: 0,
    message,
    startedAt: now,
    finishedAt: now,
    compiledAt: null,
    batches: null,
    compiledSql: null,
    retryability: null,
  };
  const invocation = { id: randomUUID(), startedAt: now, verb: 'run-operation', fullRefresh: false };
  const artifact = runResultsArtifact({ results: [result], startedAt: now, finishedAt: now }, invocation, {
    which: 'run-operation',
  });
  await targetWriter(targetPath).writeArtifact('run_results.json', artifact);
}
