import { defineAllowlist, enumeration, identifier, number, timestamp, type AllowedRow } from '@ovis/pii-allowlist';

/** What is kept of a node of a customer's hierarchy: its place and kind, not what people call it. */
export const hierarchyNodeAllowlist = defineAllowlist({
  entity: 'HierarchyNode',
  fields: {
    nodeId: identifier({ key: true, reason: 'tells the buildings, floors, rooms and thermostats of a customer apart' }),
    parentId: identifier({ reason: 'places a node within its building, floor or room; absent at the top' }),
    kind: enumeration({
      values: ['building', 'floor', 'room', 'thermostat'],
      key: true,
      reason: 'a node cannot be read without it',
    }),
    deviceId: identifier({ reason: 'links the place to the states of its thermostat; absent for other nodes' }),
    roomType: enumeration({
      values: ['office', 'classroom', 'corridor', 'bathroom', 'apartment', 'other'],
      reason: 'rooms of one type are compared with each other',
    }),
    floorArea: number({
      min: 0,
      max: 10_000_000,
      numericStrings: true,
      unit: 'square metres',
      reason: 'heat demand is judged by the area',
    }),
    installedAt: timestamp({ minYear: 1990, reason: 'age of the device: battery life and faults are judged by it' }),
  },
  leftOut: {
    name: 'personal data: free text that people type in',
    notes: 'personal data: free text that people type in',
  },
});

/** A hierarchy node after projection. */
export type HierarchyNodeRow = AllowedRow<typeof hierarchyNodeAllowlist>;
