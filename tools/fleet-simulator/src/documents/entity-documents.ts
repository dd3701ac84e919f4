import type { Customer } from '../world/customer.ts';
import type { DailyAggregate } from '../world/daily-aggregate.ts';
import type { Evaluation } from '../world/evaluation.ts';
import type { HierarchyNode } from '../world/hierarchy.ts';
import { customerId, deviceId } from '../world/ids.ts';
import { isoDay, isoTime } from '../world/time.ts';
import { canary } from './canary.ts';
import type { JsonObject } from './json.ts';

/** A customer as the contract writes it; name, contacts and address are canaries. */
export function customerDocument(customer: Customer): JsonObject {
  const id = customerId(customer.customer);
  return {
    customerId: id,
    name: canary('name', id),
    contactEmail: `${canary('email', id)}@example.com`,
    contactPhone: canary('phone', id),
    address: {
      street: canary('street', id),
      postalCode: canary('postal-code', id),
      city: canary('city', id),
    },
    timeZone: customer.timeZone,
    status: customer.status,
    createdAt: isoTime(customer.createdAt),
    thermostatCount: customer.thermostatCount,
  };
}

/** A node as the contract writes it; its name and notes are canaries. `roomType` stands on rooms only. */
export function nodeDocument(node: HierarchyNode): JsonObject {
  return {
    nodeId: node.nodeId,
    parentId: node.parentId,
    kind: node.kind,
    deviceId: node.device === null ? null : deviceId(node.device),
    name: canary('node-name', node.nodeId),
    roomType: node.roomType ?? undefined,
    floorArea: node.floorArea,
    installedAt: node.installedAt === null ? null : isoTime(node.installedAt),
    notes: canary('notes', node.nodeId),
  };
}

/** A daily aggregate as the contract writes it. Nothing in it is personal. */
export function aggregateDocument(aggregate: DailyAggregate): JsonObject {
  const { device, day, ...values } = aggregate;
  return { deviceId: deviceId(device), date: isoDay(day), ...values };
}

/** An evaluation result as the contract writes it; who reviewed it is a canary. */
export function evaluationDocument(evaluation: Evaluation): JsonObject {
  const id = deviceId(evaluation.site.device);
  return {
    deviceId: id,
    algorithm: evaluation.run.algorithm,
    algorithmVersion: evaluation.algorithmVersion,
    evaluatedAt: isoTime(evaluation.evaluatedAt),
    predictedRemainingDays: evaluation.predictedRemainingDays,
    confidence: evaluation.confidence,
    features: { voltageSlope: evaluation.voltageSlope, coldStarts: evaluation.coldStarts },
    reviewedBy: `${canary('reviewer', id)}@example.com`,
  };
}
