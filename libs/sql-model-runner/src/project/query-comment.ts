import { isRecord, type YamlCursor } from './yaml-cursor.ts';

/** `query-comment` of dbt_project.yml: what stands in front of every statement. */
export interface QueryComment {
  /** A template; it sees `node` and `connection_name`. */
  readonly template: string;
  /** Whether it stands behind the statement instead. */
  readonly isAppended: boolean;
}

/** What dbt says of itself where a project says nothing. */
const DEFAULT_TEMPLATE = `
{%- set facts = {'app': 'dbt', 'dbt_version': dbt_version, 'profile_name': target.profile_name, 'target_name': target.name} -%}
{%- if node is not none -%}
  {%- do facts.update(node_id=node.unique_id) -%}
{%- else -%}
  {%- do facts.update(connection_name=connection_name) -%}
{%- endif -%}
{{ return(tojson(facts)) }}`;

/** @returns null where the project wants none: the key is there, and empty. */
export function readQueryComment(cursor: YamlCursor): QueryComment | null {
  const { value } = cursor;
  if (value === undefined) return { template: DEFAULT_TEMPLATE, isAppended: false };
  if (!isRecord(value)) {
    const template = cursor.optionalText() ?? '';
    return template === '' ? null : { template, isAppended: false };
  }
  const comment = cursor.get('comment');
  const template = comment.value === undefined ? DEFAULT_TEMPLATE : (comment.optionalText() ?? '');
  const isAppended = cursor.get('append').optionalBoolean() ?? false;
  return template === '' || Object.keys(value).length === 0 ? null : { template, isAppended };
}
