import type {
  Catalog,
  CatalogColumn,
  CatalogDefaultPrivileges,
  CatalogFunction,
  CatalogGrant,
  CatalogTable,
} from './catalog.ts';
import { isWorkingPartition } from './partition-pattern.ts';

const HEADER = `-- The schema that the migrations give, read from the catalogs of a migrated database. Generated, do not edit: see migrations/README.md.
-- current_user stands for the login that migrates. Month partitions of raw and ops, and the partitions that pg-boss makes, are not listed.`;

/**
 * Writes a catalog as SQL, in an order that depends on names only, so that two databases with the same schema give the same text.
 *
 * @returns text that ends with a line break.
 */
export function renderSchema(catalog: Catalog): string {
  // Whoever migrates owns ops; its name differs from one installation to the next.
  const migrator = catalog.schemas.find(({ name }) => name === 'ops')?.owner ?? null;
  const role = (name: string): string => (name === migrator ? 'current_user' : identifier(name));
  const sections = [
    HEADER,
    catalog.roles.flatMap(renderRole).join('\n'),
    ...catalog.schemas.map((schema) =>
      [
        `create schema ${identifier(schema.name)} authorization ${role(schema.owner)};`,
        ...comment(`schema ${identifier(schema.name)}`, schema.comment),
        ...renderGrants(`schema ${identifier(schema.name)}`, schema.grants, role),
      ].join('\n'),
    ),
    ...catalog.extensions.map(
      ({ name, schema }) => `create extension ${identifier(name)} schema ${identifier(schema)};`,
    ),
    ...catalog.types.map(
      (type) => `create type ${qualified(type)} as ${type.definition}; -- owner: ${role(type.owner)}`,
    ),
    ...catalog.tables.filter((table) => !isWorkingPartition(table)).map((table) => renderTable(table, role)),
    ...catalog.functions.map((item) => renderFunction(item, role)),
    catalog.defaultPrivileges.flatMap((item) => renderDefaultPrivileges(item, role)).join('\n'),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

type RenderRole = (name: string) => string;

function renderRole({ name, attributes, memberOf }: Catalog['roles'][number]): string[] {
  const own = identifier(name);
  return [
    `create role ${own}${attributes.map((attribute) => ` ${attribute}`).join('')};`,
    ...memberOf.map((parent) => `grant ${identifier(parent)} to ${own};`),
  ];
}

function renderTable(table: CatalogTable, role: RenderRole): string {
  const name = qualified(table);
  const lines = [
    ...renderDefinition(table, name),
    `alter ${table.kind} ${name} owner to ${role(table.owner)};`,
    ...(table.rowSecurity ? [`alter table ${name} enable row level security;`] : []),
    ...[...table.indexes, ...table.triggers].map((statement) => `${statement};`),
    ...comment(`${table.kind} ${name}`, table.comment),
    ...table.columns.flatMap((column) => comment(`column ${name}.${identifier(column.name)}`, column.comment)),
    ...renderGrants(table.kind === 'sequence' ? `sequence ${name}` : name, table.grants, role),
  ];
  return lines.join('\n');
}

function renderDefinition(table: CatalogTable, name: string): string[] {
  const options = table.options.length > 0 ? ` with (${table.options.join(', ')})` : '';
  if (table.query !== null) return [`create ${table.kind} ${name}${options} as`, table.query];
  if (table.kind === 'sequence') return [`create sequence ${name};`];
  const unlogged = table.unlogged ? 'unlogged ' : '';
  const partitioned = table.partitionKey === null ? '' : ` partition by ${table.partitionKey}`;
  const constraints = table.constraints.map((item) => `constraint ${identifier(item.name)} ${item.definition}`);
  if (table.partitionOf !== null) {
    const own = constraints.length > 0 ? ` (${constraints.join(', ')})` : '';
    return [
      `create ${unlogged}table ${name} partition of ${table.partitionOf}${own} ${table.partitionBound ?? ''}${partitioned}${options};`,
    ];
  }
  const parts = [...table.columns.map(renderColumn), ...constraints];
  return [
    `create ${unlogged}${table.kind} ${name} (`,
    ...parts.map((part, index) => `  ${part}${index < parts.length - 1 ? ',' : ''}`),
    `)${partitioned}${options};`,
  ];
}

function renderColumn(column: CatalogColumn): string {
  return [
    identifier(column.name),
    column.type,
    column.collation === null ? null : `collate ${column.collation}`,
    column.notNull ? 'not null' : null,
    column.defaultValue === null ? null : `default ${column.defaultValue}`,
    column.identity === null ? null : `generated ${column.identity} as identity`,
    column.generated === null ? null : `generated always as (${column.generated})`,
  ]
    .filter((part) => part !== null)
    .join(' ');
}

function renderFunction(item: CatalogFunction, role: RenderRole): string {
  const name = `${identifier(item.schema)}.${item.signature}`;
  return [
    `${item.definition.trimEnd()};`,
    `alter function ${name} owner to ${role(item.owner)};`,
    ...comment(`function ${name}`, item.comment),
    ...renderGrants(`function ${name}`, item.grants, role),
  ].join('\n');
}

function renderDefaultPrivileges(item: CatalogDefaultPrivileges, role: RenderRole): string[] {
  return renderGrants(item.objects, item.grants, role).map(
    (grant) => `alter default privileges for role ${role(item.maker)} in schema ${identifier(item.schema)} ${grant}`,
  );
}

/** One statement a grantee. */
function renderGrants(on: string, grants: readonly CatalogGrant[], role: RenderRole): string[] {
  const statements = new Map<string, string[]>();
  for (const { grantee, privilege, grantable } of grants) {
    const key = `${grantee === 'public' ? 'public' : role(grantee)}${grantable ? ' with grant option' : ''}`;
    statements.set(key, [...(statements.get(key) ?? []), privilege]);
  }
  return [...statements]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([to, privileges]) => `grant ${privileges.join(', ')} on ${on} to ${to};`);
}

function comment(on: string, text: string | null): string[] {
  return text === null ? [] : [`comment on ${on} is '${text.replaceAll("'", "''")}';`];
}

function qualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/** Quoted only where it has to be. Reserved words are not used as names here. */
function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
