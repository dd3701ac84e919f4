import type { NodeConfig } from '../project/config.ts';
import { materializationOf, type NodeType, type ProjectNode, type RelationName } from '../project/project.ts';
import type { BuildOutcome, BuildRequest, Session, Warehouse } from '../warehouse/warehouse.ts';

/** A node as the parser would make it, for tests of the materializations. */
export function testNode(
  name: string,
  config: NodeConfig = {},
  options: { readonly schema?: string; readonly type?: NodeType } = {},
): ProjectNode {
  const { schema = 'analytics', type = 'model' } = options;
  const file = type === 'seed' ? `seeds/${name}.csv` : `models/${name}.sql`;
  return {
    uniqueId: `${type}.shop.${name}`,
    resourceType: type,
    packageName: 'shop',
    name,
    alias: name,
    relation: { database: 'shop', schema, identifier: name },
    originalFilePath: file,
    path: file.slice(file.indexOf('/') + 1),
    fqn: ['shop', name],
    rawCode: '',
    config,
    tags: [],
    description: '',
    columns: [],
    dependsOn: [],
    place: { file },
  };
}

export interface BuildTestNode {
  readonly node: ProjectNode;
  readonly sql?: string;
  readonly seed?: BuildRequest['seed'];
  readonly fullRefresh?: boolean;
  readonly warnings?: string[];
  readonly preHooks?: BuildRequest['preHooks'];
  readonly postHooks?: BuildRequest['postHooks'];
  readonly signal?: AbortSignal;
}

/** Builds one node as the runner would, without templates. */
export async function buildTestNode(warehouse: Warehouse, build: BuildTestNode): Promise<BuildOutcome> {
  const { node, signal } = build;
  const database = await databaseName(warehouse);
  const relation: RelationName = { ...node.relation, database };
  const materialized = node.resourceType === 'seed' ? 'seed' : materializationOf(node);
  const materialize = warehouse.materializations[materialized];
  if (!materialize) throw new Error(`no materialization ${materialized}`);
  await warehouse.prepare([node], signal);
  return warehouse.withSession(
    (session: Session) =>
      session.exclusively(relation, async () =>
        materialize(session, {
          node,
          config: node.config,
          relation,
          sql: build.sql ?? '',
          seed: build.seed ?? null,
          existing: await session.findRelation(relation),
          fullRefresh: build.fullRefresh ?? false,
          preHooks: build.preHooks ?? [],
          postHooks: build.postHooks ?? [],
          warn: (message) => build.warnings?.push(message),
          columns: node.columns,
        }),
      ),
    signal,
  );
}

async function databaseName(warehouse: Warehouse): Promise<string> {
  const { rows } = await warehouse.withSession((session) => session.execute('select current_database()'));
  return String(rows[0]?.[0]);
}
