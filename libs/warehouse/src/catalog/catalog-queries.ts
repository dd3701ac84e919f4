/**
 * One query a kind of object, each giving rows of one column `item` (JSON) in the shape of `catalog.ts`. PostgreSQL's own functions
 * write the definitions, so that text is compared with text of the same hand. `$1` is the list of schemas, `$2` the list of roles.
 */

/** Grants of an access list, without the owner's own; the list of an object that has none is the default of its kind. */
const grants = (acl: string, kind: string, owner: string): string => `coalesce((
  select json_agg(json_build_object('grantee', case when entry.grantee = 0 then 'public' else pg_get_userbyid(entry.grantee) end,
    'privilege', lower(entry.privilege_type), 'grantable', entry.is_grantable)
    order by pg_get_userbyid(entry.grantee), entry.privilege_type)
  from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) as entry
  where entry.grantee <> ${owner}), '[]')`;

export const ROLES = `
select json_build_object('name', role.rolname,
  'attributes', array_remove(array[
    case when role.rolsuper then 'superuser' end, case when role.rolcanlogin then 'login' end,
    case when role.rolcreaterole then 'createrole' end, case when role.rolcreatedb then 'createdb' end,
    case when role.rolreplication then 'replication' end, case when role.rolbypassrls then 'bypassrls' end,
    case when not role.rolinherit then 'noinherit' end], null),
  'memberOf', coalesce((select json_agg(parent.rolname order by parent.rolname)
    from pg_auth_members as membership join pg_roles as parent on parent.oid = membership.roleid
    where membership.member = role.oid), '[]')) as item
from pg_roles as role where role.rolname = any ($2::text[]) and $1::text[] is not null order by role.rolname`;

export const SCHEMAS = `
select json_build_object('name', n.nspname, 'owner', pg_get_userbyid(n.nspowner),
  'comment', obj_description(n.oid, 'pg_namespace'), 'grants', ${grants('n.nspacl', 'n', 'n.nspowner')}) as item
from pg_namespace as n where n.nspname = any ($1::text[]) and $2::text[] is not null order by n.nspname`;

export const EXTENSIONS = `
select json_build_object('name', e.extname, 'schema', n.nspname) as item
from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace
where n.nspname = any ($1::text[]) and $2::text[] is not null order by e.extname`;

export const TYPES = `
select json_build_object('schema', n.nspname, 'name', t.typname, 'owner', pg_get_userbyid(t.typowner),
  'definition', case t.typtype
    when 'e' then 'enum (' || (select string_agg(quote_literal(l.enumlabel), ', ' order by l.enumsortorder)
      from pg_enum as l where l.enumtypid = t.oid) || ')'
    when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), case when t.typnotnull then 'not null' end,
      'default ' || t.typdefault, (select string_agg(pg_get_constraintdef(c.oid), ' ' order by c.conname)
      from pg_constraint as c where c.contypid = t.oid and c.contype = 'c'))
    when 'c' then '(' || (select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
      from pg_attribute as a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) || ')'
    else 'range' end) as item
from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
where n.nspname = any ($1::text[]) and $2::text[] is not null and (t.typtype in ('e', 'd', 'r')
  or t.typtype = 'c' and (select c.relkind from pg_class as c where c.oid = t.typrelid) = 'c')
order by n.nspname, t.typname`;

const COLUMNS = `
select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
  'defaultValue', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
  'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
  'generated', case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
  'collation', (select quote_ident(l.collname) from pg_collation as l join pg_type as y on y.oid = a.atttypid
    where l.oid = a.attcollation and l.oid <> y.typcollation),
  'comment', col_description(a.attrelid, a.attnum)) order by a.attnum)
from pg_attribute as a left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

/** Not-null constraints are told with the columns; those of a partition's parent with the parent. */
const CONSTRAINTS = `
select json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid)) order by k.contype = 'c', k.contype = 'f', k.conname)
from pg_constraint as k
where k.conrelid = c.oid and k.contype <> 'n' and k.conparentid = 0 and k.coninhcount = 0`;

const INDEXES = `
select json_agg(pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' /* invalid */' end order by x.relname)
from pg_index as i join pg_class as x on x.oid = i.indexrelid
where i.indrelid = c.oid and not x.relispartition
  and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.conrelid = c.oid)`;

const TRIGGERS = `
select json_agg(statement order by statement) from (
  select pg_get_triggerdef(t.oid) as statement from pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal and t.tgparentid = 0
  union all
  select pg_get_ruledef(r.oid) from pg_rewrite as r where r.ev_class = c.oid and r.rulename <> '_RETURN'
  union all
  select format('create policy %I on %s for %s using (%s) with check (%s)', p.polname, c.oid::regclass, p.polcmd,
    pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)) from pg_policy as p where p.polrelid = c.oid) as statements`;

export const TABLES = `
select json_build_object('schema', n.nspname, 'name', c.relname,
  'kind', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end,
  'owner', pg_get_userbyid(c.relowner), 'unlogged', c.relpersistence = 'u', 'options', coalesce(to_json(c.reloptions), '[]'),
  'partitionKey', pg_get_partkeydef(c.oid),
  'partitionOf', case when c.relispartition then (select i.inhparent::regclass::text from pg_inherits as i where i.inhrelid = c.oid) end,
  'partitionBound', pg_get_expr(c.relpartbound, c.oid),
  'query', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid, true) end,
  'rowSecurity', c.relrowsecurity, 'comment', obj_description(c.oid, 'pg_class'),
  'columns', coalesce((${COLUMNS}), '[]'), 'constraints', coalesce((${CONSTRAINTS}), '[]'),
  'indexes', coalesce((${INDEXES}), '[]'), 'triggers', coalesce((${TRIGGERS}), '[]'),
  'grants', ${grants('c.relacl', 'r', 'c.relowner')}) as item
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1::text[]) and $2::text[] is not null and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and not exists (select from pg_depend as d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'i' and c.relkind = 'S')
order by n.nspname, c.relname`;

export const FUNCTIONS = `
select json_build_object('schema', n.nspname, 'signature', format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
  'owner', pg_get_userbyid(p.proowner),
  'definition', case when p.prokind = 'a' then 'aggregate ' || p.oid::regprocedure else pg_get_functiondef(p.oid) end,
  'comment', obj_description(p.oid, 'pg_proc'), 'grants', ${grants('p.proacl', 'f', 'p.proowner')}) as item
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any ($1::text[]) and $2::text[] is not null order by n.nspname, p.proname, p.oid::regprocedure::text`;

export const DEFAULT_PRIVILEGES = `
select json_build_object('schema', n.nspname, 'maker', pg_get_userbyid(d.defaclrole),
  'objects', case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' else 'types' end,
  'grants', (select json_agg(json_build_object('grantee', case when e.grantee = 0 then 'public' else pg_get_userbyid(e.grantee) end,
    'privilege', lower(e.privilege_type), 'grantable', e.is_grantable) order by pg_get_userbyid(e.grantee), e.privilege_type)
    from aclexplode(d.defaclacl) as e)) as item
from pg_default_acl as d join pg_namespace as n on n.oid = d.defaclnamespace
where n.nspname = any ($1::text[]) and $2::text[] is not null order by n.nspname, pg_get_userbyid(d.defaclrole), d.defaclobjtype`;
