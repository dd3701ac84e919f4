/** One ephemeral model as a common table expression. */
export interface CommonTableExpression {
  readonly name: string;
  readonly sql: string;
}

/** The name under which an ephemeral model is read. */
export function cteName(identifier: string): string {
  return `__dbt__cte__${identifier}`;
}

/** Puts common table expressions in front of a statement, joined with those that it has. */
export function injectCtes(sql: string, ctes: readonly CommonTableExpression[]): string {
  if (ctes.length === 0) return sql;
  const list = ctes.map(({ name, sql: body }) => ` ${name} as (\n${body}\n)`).join(', ');
  const at = skipBlanks(sql, 0);
  const opening = /^with(?:\s+recursive)?\b/iu.exec(sql.slice(at));
  if (!opening) return `with${list}\n${sql}`;
  const end = at + opening[0].length;
  return `${sql.slice(0, end)}${list},${sql.slice(end)}`;
}

/** The offset of the first character that is neither white space nor part of a comment. */
function skipBlanks(sql: string, from: number): number {
  let at = from;
  for (;;) {
    if (/\s/u.test(sql.charAt(at))) at += 1;
    else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      at = end === -1 ? sql.length : end;
    } else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else return at;
  }
}

/** Comments nest in PostgreSQL. */
function endOfComment(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at += 1) {
    if (sql.startsWith('/*', at)) [depth, at] = [depth + 1, at + 1];
    else if (sql.startsWith('*/', at)) [depth, at] = [depth - 1, at + 1];
    if (depth === 0) return at + 1;
  }
  return sql.length;
}
