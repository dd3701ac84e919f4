/** What a field of the contract must hold. `integer` and `number` may come as a numeric string. */
export type FieldType = 'integer' | 'number' | 'text' | 'enum' | 'boolean' | 'time';

/** A field of the contract that is not marked as personal. */
export interface Field {
  /** Key of the nested object that it stands in; null at the top. */
  readonly parent: string | null;
  readonly name: string;
  readonly type: FieldType;
}

/** An item of a listing: which of its fields are not personal, and which of them the untidy profile leaves alone. */
export interface Entity {
  readonly name: 'customer' | 'node' | 'deviceState' | 'aggregate' | 'evaluation';
  /** Identifiers, links and keys: always there, always well-formed. The first one names the item. */
  readonly kept: readonly [string, ...string[]];
  /** Everything else that is not personal: optional in the contract, and treated so by the untidy profile. */
  readonly fields: readonly Field[];
  /** The nested objects that some of `fields` stand in. */
  readonly objects: readonly string[];
}

type FieldTypes = Readonly<Record<string, FieldType>>;

function entity(
  name: Entity['name'],
  kept: Entity['kept'],
  top: FieldTypes,
  nested: Readonly<Record<string, FieldTypes>> = {},
): Entity {
  const of = (parent: string | null, types: FieldTypes): Field[] =>
    Object.entries(types).map(([field, type]) => ({ parent, name: field, type }));
  const fields = [...of(null, top), ...Object.entries(nested).flatMap(([parent, types]) => of(parent, types))];
  return { name, kept, fields, objects: Object.keys(nested) };
}

export const CUSTOMER = entity('customer', ['customerId'], {
  timeZone: 'text',
  status: 'enum',
  createdAt: 'time',
  thermostatCount: 'integer',
});

export const NODE = entity('node', ['nodeId', 'parentId', 'kind', 'deviceId'], {
  roomType: 'enum',
  floorArea: 'number',
  installedAt: 'time',
});

export const AGGREGATE = entity('aggregate', ['deviceId', 'date', 'metric'], {
  unit: 'text',
  min: 'number',
  max: 'number',
  mean: 'number',
  sum: 'number',
  sampleCount: 'integer',
});

export const EVALUATION = entity(
  'evaluation',
  ['deviceId', 'algorithm', 'evaluatedAt'],
  { algorithmVersion: 'text', predictedRemainingDays: 'integer', confidence: 'number' },
  { features: { voltageSlope: 'number', coldStarts: 'integer' } },
);

export const DEVICE_STATE = entity(
  'deviceState',
  ['deviceId'],
  {
    customerId: 'text',
    serialNumber: 'text',
    embeddedVersion: 'text',
    hardwareVersion: 'text',
    lastSeenAt: 'time',
    uptime: 'integer',
    batteryVoltage: 'number',
    batteryLevel: 'number',
    valvePosition: 'number',
    temperature: 'number',
    humidity: 'number',
    calibrationTotal: 'integer',
  },
  {
    connectivity: { ratio24h: 'number', rssi: 'integer' },
    configuration: {
      userSetTemp: 'number',
      batteryRemainingDays: 'integer',
      heatingMode: 'enum',
      firmwareTarget: 'text',
      windowOpenDetection: 'boolean',
      frostProtectionTemp: 'number',
      valveOffset: 'number',
      reportInterval: 'integer',
      boostDuration: 'integer',
      childLock: 'boolean',
      maxSetTemp: 'number',
      minSetTemp: 'number',
      adaptiveHeating: 'boolean',
      displayOrientation: 'enum',
    },
  },
);
