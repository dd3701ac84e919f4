import type { Executor } from './catalog.ts';
import { quoteIdentifier, quoteLiteral } from './identifier.ts';

/** What a relation has besides its rows and columns: grants, comments and its owner. */
export interface CapturedProperties {
  /** The statements that give the grants to another relation; grants on columns that it lacks are left out. */
  grants(name: string, columns: ReadonlySet<string> | null): readonly string[];
  /** Likewise the comments. */
  comments(
    kind: 'table' | 'view' | 'materialized view',
    name: string,
    columns: ReadonlySet<string> | null,
  ): readonly string[];
  /** The statement that gives it to its former owner; null when the session's role owns it. */
  owner(kind: 'table' | 'view' | 'materialized view', name: string): string | null;
}

interface Grant {
  readonly grantee: string;
  readonly privilege: string;
  readonly isGrantable: boolean;
  /** Column of a column grant, null for the whole relation. */
  readonly column: string | null;
}

/** The owner's own privileges are left out: the new relation's owner has them. Grantee 0 is public. */
const FIND_GRANTS = `
select case when acl.grantee = 0 then null else pg_catalog.pg_get_userbyid(acl.grantee) end::text,
  acl.privilege_type::text, acl.is_grantable, acl.column_name::text
from (
  select c.relowner, a.grantee, a.privilege_type, a.is_grantable, null as column_name
  from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
  where c.oid = $1::oid
  union all
  select c.relowner, a.grantee, a.privilege_type, a.is_grantable, att.attname
  from pg_catalog.pg_class c
  join pg_catalog.pg_attribute att on att.attrelid = c.oid and att.attnum > 0 and not att.attisdropped,
    pg_catalog.aclexplode(att.attacl) a
  where c.oid = $1::oid
) acl
where acl.grantee <> acl.relowner
order by 4 nulls first, 1 nulls first, 2`;

const FIND_COMMENTS = `
select d.description, a.attname::text
from pg_catalog.pg_description d
left join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0
where d.objoid = $1::oid and d.classoid = 'pg_catalog.pg_class'::regclass
order by d.objsubid`;

const FIND_OWNER = `
select pg_catalog.pg_get_userbyid(relowner)::text, pg_catalog.pg_get_userbyid(relowner) = current_user
from pg_catalog.pg_class where oid = $1::oid`;

/** @param handle oid of the relation. */
export async function captureProperties(session: Executor, handle: string): Promise<CapturedProperties> {
  const grants = (await session.execute(FIND_GRANTS, [handle])).rows.map(
    ([grantee, privilege, isGrantable, column]): Grant => ({
      grantee: typeof grantee === 'string' ? quoteIdentifier(grantee) : 'public',
      privilege: String(privilege),
      isGrantable: isGrantable === true,
      column: column as string | null,
    }),
  );
  const comments = (await session.execute(FIND_COMMENTS, [handle])).rows.map(([text, column]) => ({
    text: String(text),
    column: column as string | null,
  }));
  const [owner] = (await session.execute(FIND_OWNER, [handle])).rows;
  const kept = (column: string | null, columns: ReadonlySet<string> | null): boolean =>
    column === null || columns === null || columns.has(column);
  return {
    grants: (name, columns) =>
      grants.filter(({ column }) => kept(column, columns)).map((grant) => grantSql(grant, name)),
    comments: (kind, name, columns) =>
      comments
        .filter(({ column }) => kept(column, columns))
        .map(({ text, column }) => commentSql(kind, name, column, text)),
    owner: (kind, name) =>
      owner && owner[1] === false ? `alter ${kind} ${name} owner to ${quoteIdentifier(String(owner[0]))}` : null,
  };
}

/** @param column null for the relation itself. */
export function commentSql(kind: string, name: string, column: string | null, text: string): string {
  const target = column === null ? `${kind} ${name}` : `column ${name}.${quoteIdentifier(column)}`;
  return `comment on ${target} is ${quoteLiteral(text)}`;
}

function grantSql({ grantee, privilege, isGrantable, column }: Grant, name: string): string {
  const onColumn = column === null ? '' : ` (${quoteIdentifier(column)})`;
  return `grant ${privilege}${onColumn} on ${name} to ${grantee}${isGrantable ? ' with grant option' : ''}`;
}
