import type { Customer } from '../world/customer.ts';
import { METRICS, type DailyAggregate } from '../world/daily-aggregate.ts';
import type { DeviceState } from '../world/device-state.ts';
import { ALGORITHMS, type Evaluation } from '../world/evaluation.ts';
import { hash, hashText } from '../world/hash.ts';
import type { HierarchyNode } from '../world/hierarchy.ts';
import type { DefectRates } from './defects.ts';
import { deviceStateDocument } from './device-state.ts';
import { AGGREGATE, CUSTOMER, DEVICE_STATE, EVALUATION, NODE, type Entity } from './entities.ts';
import { aggregateDocument, customerDocument, evaluationDocument, nodeDocument } from './entity-documents.ts';
import {
  expectedDocument,
  type ExpectedAggregate,
  type ExpectedCustomer,
  type ExpectedDeviceState,
  type ExpectedEvaluation,
  type ExpectedNode,
} from './expected.ts';
import type { JsonObject } from './json.ts';
import { untidyDocument } from './untidy.ts';

/** One kind of item: how a shard sends it, and what a careful reader keeps of that. */
export interface Shown<T, E> {
  /** The item as a shard sends it. */
  sent(item: T): JsonObject;
  /** What a careful reader keeps of what is sent; see `expectedDocument`. */
  expected(item: T): E;
}

/** How the world's facts become documents, with the defects that the rates ask for. */
export interface Presentation {
  /** Whether documents are as the contract has them, without any defect. */
  readonly isTidy: boolean;
  readonly customer: Shown<Customer, ExpectedCustomer>;
  readonly node: Shown<HierarchyNode, ExpectedNode>;
  readonly deviceState: Shown<DeviceState, ExpectedDeviceState>;
  readonly aggregate: Shown<DailyAggregate, ExpectedAggregate>;
  readonly evaluation: Shown<Evaluation, ExpectedEvaluation>;
}

interface Kind<T> {
  readonly entity: Entity;
  readonly document: (item: T) => JsonObject;
  /** Hash of the item as it stands: an unchanged item keeps its defects. */
  readonly key: (item: T) => number;
}

/** Makes the documents of a world. Defects are drawn from `seed` and the item, so that every request gets the same. */
export function createPresentation(seed: string, rates: DefectRates): Presentation {
  const key = hash(hashText(seed), 4);
  const tidy = Object.values(rates).every((rate) => rate === 0);
  // E says which fields `kind.entity` lists; expectedDocument gives exactly those.
  function show<T, E>(kind: Kind<T>): Shown<T, E> {
    const { entity, document } = kind;
    const expected = (item: T): E =>
      expectedDocument(document(item), entity, tidy ? null : kind.key(item), rates) as unknown as E;
    if (tidy) return { sent: document, expected };
    return { sent: (item) => untidyDocument(document(item), entity, kind.key(item), rates), expected };
  }
  return {
    isTidy: tidy,
    customer: show({
      entity: CUSTOMER,
      document: customerDocument,
      key: ({ customer }) => hash(hash(key, 1), customer),
    }),
    node: show({ entity: NODE, document: nodeDocument, key: ({ nodeId }) => hash(hash(key, 2), hashText(nodeId)) }),
    deviceState: show({
      entity: DEVICE_STATE,
      document: deviceStateDocument,
      key: ({ site, seenAt }) => hash(hash(hash(key, 3), site.device), seenAt),
    }),
    aggregate: show({
      entity: AGGREGATE,
      document: aggregateDocument,
      key: ({ device, day, metric, sampleCount }) =>
        hash(hash(hash(hash(key, 4), device), day), METRICS.indexOf(metric) * 1000 + sampleCount),
    }),
    evaluation: show({
      entity: EVALUATION,
      document: evaluationDocument,
      key: ({ site, run }) =>
        hash(hash(hash(hash(key, 5), site.device), run.day), 2 * ALGORITHMS.indexOf(run.algorithm) + run.revision),
    }),
  };
}
