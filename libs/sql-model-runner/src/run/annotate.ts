import { nodeValue } from '../compile/node-value.ts';
import { runScope } from '../compile/run-context.ts';
import type { Invocation } from '../compile/base-context.ts';
import { compileTemplate } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import type { Project, ProjectNode } from '../project/project.ts';
import type { QueryComment } from '../project/query-comment.ts';
import type { Session } from '../warehouse/warehouse.ts';
import { operationNode } from './operation-node.ts';

const FILE = 'dbt_project.yml (query-comment)';

/** What the statements that follow are for. */
export interface Annotated {
  readonly project: Project;
  readonly invocation: Invocation;
  /** Null outside of nodes: in hooks around a run, and in operations. */
  readonly node: ProjectNode | null;
  /** What dbt calls the connection: `master` around a run. */
  readonly connectionName: string;
  readonly log: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** Puts the project's `query-comment` to all that the session runs from now on. @throws JinjaError, ProjectError when it cannot be rendered */
export async function annotate(session: Session, annotated: Annotated): Promise<void> {
  const { queryComment } = annotated.project.file;
  if (queryComment === null) return;
  const text = await renderComment(annotated, queryComment);
  session.annotate(text === '' ? null : { text, isAppended: queryComment.isAppended });
}

/** Whether `query-comment` can be rendered at all, before anything runs. @throws JinjaError, ProjectError */
export async function checkQueryComment(annotated: Omit<Annotated, 'node' | 'connectionName'>): Promise<void> {
  const { queryComment } = annotated.project.file;
  if (queryComment !== null) await renderComment({ ...annotated, node: null, connectionName: 'master' }, queryComment);
}

async function renderComment(annotated: Annotated, { template }: QueryComment): Promise<string> {
  const { project, node, connectionName } = annotated;
  const scope = runScope({
    ...annotated,
    node: node ?? operationNode(project, 'query_comment', {}),
    access: null,
    isIncremental: false,
    onEphemeral: () => undefined,
    extra: { ...(node === null ? {} : { node: () => nodeValue(node) }), connection_name: () => connectionName },
  });
  // A macro, so that it may return. Two lines more than what is written in the file.
  const text = `{%- macro query_comment_macro(connection_name, node) -%}\n${template}\n{% endmacro %}{{ query_comment_macro(connection_name, ${node === null ? 'none' : 'node'}) }}`;
  const comment = (await compileTemplate(text, FILE, 0).render(scope)).trim();
  if (comment.includes('*/'))
    throw new ProjectError('"query-comment" gives a text with "*/" in it, which would end the comment', {
      file: 'dbt_project.yml',
    });
  return comment;
}
