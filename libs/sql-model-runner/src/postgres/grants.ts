import type { RelationName } from '../project/project.ts';
import type { Executor } from './catalog.ts';
import { quoteIdentifier, renderName } from './identifier.ts';

/** Privileges by name, each with the roles that have it. */
export type Grants = Readonly<Record<string, readonly string[]>>;

/** As dbt looks: what this role granted to others. */
const CURRENT_GRANTS = `
select grantee::text, lower(privilege_type::text)
from information_schema.role_table_grants
where grantor = current_role and grantee <> current_role and table_schema = $1 and table_name = $2
order by 1, 2`;

/**
 * The statements that give a relation the configured grants.
 *
 * @param isKept whether the relation stood before: only then may it have others, which go.
 */
export async function grantStatements(
  session: Executor,
  relation: RelationName,
  wanted: Grants,
  isKept: boolean,
): Promise<readonly string[]> {
  const current = isKept ? (await session.execute(CURRENT_GRANTS, [relation.schema, relation.identifier])).rows : [];
  const has = new Set(current.map(([grantee, privilege]) => keyOf(String(privilege), String(grantee))));
  const wants = new Set(
    Object.entries(wanted).flatMap(([privilege, grantees]) => grantees.map((grantee) => keyOf(privilege, grantee))),
  );
  const name = renderName(relation);
  const revokes = current
    .filter(([grantee, privilege]) => !wants.has(keyOf(String(privilege), String(grantee))))
    .map(
      ([grantee, privilege]) =>
        `revoke ${String(privilege)} on ${name} from ${String(grantee) === 'PUBLIC' ? 'public' : quoteIdentifier(String(grantee))}`,
    );
  const grants = Object.entries(wanted).flatMap(([privilege, grantees]) => {
    const missing = grantees.filter((grantee) => !has.has(keyOf(privilege, grantee)));
    return missing.length === 0 ? [] : [`grant ${privilege} on ${name} to ${missing.map(roleName).join(', ')}`];
  });
  return [...revokes, ...grants];
}

function keyOf(privilege: string, grantee: string): string {
  return `${privilege} ${grantee.replace(/^"(?<name>.*)"$/u, '$<name>')}`.toLowerCase();
}

/** Plain names and names in quotes stand as configured, as dbt writes them (so `public` works); others are quoted. */
function roleName(grantee: string): string {
  return /^(?:[A-Za-z_]\w*|".+")$/u.test(grantee) ? grantee : quoteIdentifier(grantee);
}
