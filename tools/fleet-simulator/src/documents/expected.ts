import { defectOf, objectDefectOf, type DefectRates } from './defects.ts';
import type { Entity } from './entities.ts';
import type { Json, JsonObject } from './json.ts';

/** The fields of an item that are not personal, each with the value that a careful reader gets, or null. */
type Read<T> = { readonly [K in keyof T]: T[K] extends object ? Read<T[K]> : T[K] | null };

/** What a careful reader keeps of a customer: see {@link expectedDocument}. */
export type ExpectedCustomer = { readonly customerId: string } & Read<{
  timeZone: string;
  status: string;
  createdAt: string;
  thermostatCount: number;
}>;

/** What a careful reader keeps of a hierarchy node: see {@link expectedDocument}. */
export type ExpectedNode = {
  readonly nodeId: string;
  readonly parentId: string | null;
  readonly kind: string;
  readonly deviceId: string | null;
} & Read<{ roomType: string; floorArea: number; installedAt: string }>;

/** What a careful reader keeps of a daily aggregate: see {@link expectedDocument}. */
export type ExpectedAggregate = { readonly deviceId: string; readonly date: string; readonly metric: string } & Read<{
  unit: string;
  min: number;
  max: number;
  mean: number;
  sum: number;
  sampleCount: number;
}>;

/** What a careful reader keeps of an evaluation result: see {@link expectedDocument}. */
export type ExpectedEvaluation = {
  readonly deviceId: string;
  readonly algorithm: string;
  readonly evaluatedAt: string;
} & Read<{
  algorithmVersion: string;
  predictedRemainingDays: number;
  confidence: number;
  features: { voltageSlope: number; coldStarts: number };
}>;

/** What a careful reader keeps of a device state: see {@link expectedDocument}. */
export type ExpectedDeviceState = { readonly deviceId: string } & Read<{
  customerId: string;
  serialNumber: string;
  embeddedVersion: string;
  hardwareVersion: string;
  lastSeenAt: string;
  uptime: number;
  batteryVoltage: number;
  batteryLevel: number;
  valvePosition: number;
  temperature: number;
  humidity: number;
  calibrationTotal: number;
  connectivity: { ratio24h: number; rssi: number };
  configuration: {
    userSetTemp: number;
    batteryRemainingDays: number;
    heatingMode: string;
    firmwareTarget: string;
    windowOpenDetection: boolean;
    frostProtectionTemp: number;
    valveOffset: number;
    reportInterval: number;
    boostDuration: number;
    childLock: boolean;
    maxSetTemp: number;
    minSetTemp: number;
    adaptiveHeating: boolean;
    displayOrientation: string;
  };
}>;

/**
 * What a careful reader of an item keeps: every field of the contract that is not personal, typed, numeric text turned
 * into a number. A field that is missing, null or of a wrong type is null; no key is ever missing.
 *
 * @param key hash of the item as it stands, or null in the tidy profile.
 */
export function expectedDocument(tidy: JsonObject, entity: Entity, key: number | null, rates: DefectRates): JsonObject {
  const expected: Record<string, Json> = {};
  for (const name of entity.kept) expected[name] = tidy[name];
  const nested = new Map<string, Record<string, Json>>();
  const lost = new Set<string>();
  for (const parent of entity.objects) {
    nested.set(parent, {});
    expected[parent] = nested.get(parent);
    if (key !== null && objectDefectOf(key, parent, rates) !== null) lost.add(parent);
  }
  entity.fields.forEach((field, place) => {
    const from = field.parent === null ? tidy : (tidy[field.parent] as JsonObject);
    const into = field.parent === null ? expected : nested.get(field.parent);
    const defect = key === null ? null : defectOf(key, place, field, rates);
    const readable = (defect === null || defect === 'numericString') && !lost.has(field.parent ?? '');
    if (into !== undefined) into[field.name] = readable ? (from[field.name] ?? null) : null;
  });
  return expected;
}
