import { describeAllowlists, type AllowlistDescription } from './describe-allowlists.ts';

const INTRODUCTION = `# Data protection

What this platform keeps of the data of its sources. This file is generated from the allowlists in
[libs/pipeline/src/allowlists](../libs/pipeline/src/allowlists), which are the program itself: what is not listed here is
not stored.

## How it works

- **Nothing passes that is not named.** Each field below was declared with its type, what is accepted and the reason why it is needed.
  A field that is not named is dropped before anything is stored, whatever the source calls it and wherever it stands; of a field that is
  named, only a value of the declared form passes. Free text is not a form.
- **What was kept out is counted, not recorded.** \`ops.allowlist_drops\` has counts by declared path; the names of undeclared fields
  and all values are gone. A row that cannot be stored is noted in \`ops.quarantine\` by its place and the reason, without its content.
- **Messages, logs and books hold no values.** Errors name declared paths, statuses and places.
- **What is kept is about devices.** Customers are stored as identifiers only. An identifier is still personal data where it can be traced to
  a person with the help of the operational backend; that is why it can be forgotten.

## What can be done

| task                                           | command                                                |
| ---------------------------------------------- | ------------------------------------------------------ |
| see what passes, and what was dropped lately   | \`ovis-scheduler allowlist\` (\`--json\` for programs)     |
| take back a field that was allowed once        | \`ovis-scheduler allowlist purge <Entity.path> --yes\`   |
| forget a customer                              | \`ovis-scheduler forget --customer <id> --yes\`          |
| drop raw rows that are older than is needed    | \`ovis-scheduler retention\` (\`OVIS_RAW_RETENTION_MONTHS\`) |

- To take a field back, remove it from its allowlist (better: list it as left out, with the reason), roll that version out, then purge it.
  What is in the raw tables is rewritten in small transactions, the days are marked as touched, and the models downstream are built anew.
- A customer is forgotten by its rows and its identifier: device states, hierarchy, aggregates, battery rows and evaluation results of
  its devices while they were its own, the identifier in \`ops\`, and what the models hold. A source that still has the customer sends it again with the next run, so
  it is removed there first. A seed of the models that names the customer is edited by hand.
- Forgetting builds incremental models anew from what the raw tables hold: what they had kept of months that retention has dropped goes too.
- Each of the three can be interrupted and run again: it goes on where it stands.
- Backups and archived write-ahead logs of the database keep what was removed until they expire.
`;

/** The text of `docs/data-protection.md`: an introduction, and all allowlists field by field. */
export function renderDataProtection(): string {
  return `${INTRODUCTION}\n${describeAllowlists().map(section).join('\n')}`;
}

function section({ entity, source, description, storedIn, fields, leftOut }: AllowlistDescription): string {
  const where = storedIn.length === 0 ? 'not stored' : storedIn.map((table) => `\`${table}\``).join(', ');
  const passes = table(
    ['field', 'type', 'accepted', 'unit', 'needed because'],
    fields.map(({ path, type, accepts, unit, key, reason }) => [
      `\`${path}\`${key ? ' (key)' : ''}`,
      type,
      type === 'pattern' ? `\`${accepts}\`` : accepts,
      unit ?? '',
      reason,
    ]),
  );
  const kept = table(
    ['left out on purpose', 'why'],
    leftOut.map(({ path, reason }) => [`\`${path}\``, reason]),
  );
  const parts = [`## ${entity}`, `${description} Source: ${source}. Kept in: ${where}.`, passes];
  if (leftOut.length > 0) parts.push(kept);
  return `${parts.join('\n\n')}\n`;
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of a cell: a pattern may hold what Markdown reads as a border or as emphasis. */
function escaped(text: string): string {
  return text.replaceAll(text.startsWith('`') ? '|' : /[\\|*_[\]<]/g, String.raw`\$&`);
}
