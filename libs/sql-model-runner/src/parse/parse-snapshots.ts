import { compileTemplate } from '../compile/template-engine.ts';
import { ProjectError } from '../errors.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import type { ProjectTextFile } from '../project/project.ts';
import { partsOf, sqlDraft } from './parse-models.ts';
import type { DraftNode, ParseState, ProjectProperties } from './parse-state.ts';
import { pathBelow, stemOf } from './paths.ts';

/** The `{% snapshot %}` blocks of a package's files, and the snapshots that its YAML alone defines. @throws ProjectError, JinjaError */
export function parseSnapshots(
  state: ParseState,
  properties: ProjectProperties,
  files: readonly ProjectTextFile[],
): readonly DraftNode[] {
  const inBlocks = files
    .filter(({ text }) => text.includes('snapshot'))
    .flatMap((file) => blocksOf(state, properties, file));
  const inYaml = [...properties.nodes.values()].flatMap((described) => {
    if (described.kind !== 'snapshot' || described.relation === null) return [];
    const { name, relation, file: path, place } = described;
    const { paths } = state.file;
    const relative = pathBelow(path, [...paths.snapshots, ...paths.models]) ?? path;
    const file = { path, text: `select * from {{ ${relation} }}` };
    const fqn = [state.file.name, ...relative.split('/').slice(0, -1), stemOf(path), name];
    const line = place.line ?? 1;
    return [
      sqlDraft(state, {
        kind: 'snapshot',
        name,
        relative,
        file,
        fqn,
        described: partsOf(described),
        patch: described,
        line,
      }),
    ];
  });
  return [...inBlocks, ...inYaml].map(withChecks);
}

function blocksOf(state: ParseState, properties: ProjectProperties, file: ProjectTextFile): readonly DraftNode[] {
  const { paths } = state.file;
  const relative = pathBelow(file.path, [...paths.snapshots, ...paths.models]) ?? file.path;
  const { definitions } = compileTemplate(file.text, `${state.files.prefix}${file.path}`);
  return definitions
    .filter(({ tag }) => tag === 'snapshot')
    .map(({ name, bodySource, line }) => {
      const described = properties.nodes.get(`snapshot ${name}`);
      const fqn = [state.file.name, ...relative.split('/').slice(0, -1), stemOf(file.path), name];
      const text = { path: file.path, text: bodySource };
      return sqlDraft(state, {
        kind: 'snapshot',
        name,
        relative,
        file: text,
        fqn,
        described: partsOf(described),
        patch: described,
        line,
      });
    });
}

const COLUMN_NAMES = Object.fromEntries(
  ['dbt_valid_to', 'dbt_valid_from', 'dbt_scd_id', 'dbt_updated_at', 'dbt_is_deleted'].map((name) => [name, name]),
);

/** What dbt refuses while it parses. */
function withChecks(draft: DraftNode): DraftNode {
  if (draft.config['enabled'] === false) return draft;
  const { strategy, unique_key: key } = draft.config;
  const wrong = (reason: string): ProjectError =>
    new ProjectError(`the snapshot "${draft.name}" ${reason}`, draft.place);
  if (strategy === undefined || strategy === null) throw wrong('has no "strategy"; expected timestamp or check');
  if (key === undefined || key === null)
    throw wrong('has no "unique_key"; expected a column, an expression or a list of columns');
  if (strategy === 'timestamp' && draft.config['updated_at'] === undefined)
    throw wrong('has the strategy "timestamp" and no "updated_at"; name the column that says when a row changed');
  if (strategy === 'check' && draft.config['check_cols'] === undefined)
    throw wrong('has the strategy "check" and no "check_cols"; name columns, or "all"');
  const given = draft.config['snapshot_meta_column_names'];
  // Under this name the macros of strategies read it.
  const names = isRecord(given) ? { snapshot_table_column_names: { ...COLUMN_NAMES, ...given } } : {};
  return {
    ...draft,
    config: { ...draft.config, ...names, materialized: draft.config['materialized'] ?? 'snapshot' },
  };
}
