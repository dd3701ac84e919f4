import { customerId, deviceId } from './ids.ts';
import { hash, pick, unit } from './hash.ts';
import { installedCount, siteOf, type Roster } from './roster.ts';

/** Thermostats in five rooms that follow each other; the pattern repeats. */
const ROOM_SIZES = [1, 2, 1, 3, 1] as const;
const ROOM_OF_THERMOSTAT = ROOM_SIZES.flatMap((size, room) => Array.from({ length: size }, () => room));

const ROOM_TYPES = ['office', 'classroom', 'corridor', 'bathroom', 'apartment', 'other'] as const;

export type NodeKind = 'building' | 'floor' | 'room' | 'thermostat';
export type RoomType = (typeof ROOM_TYPES)[number];

/** A node of a customer's hierarchy. */
export interface HierarchyNode {
  readonly nodeId: string;
  /** Null for a building. */
  readonly parentId: string | null;
  readonly kind: NodeKind;
  /** Device number of a thermostat, else null. */
  readonly device: number | null;
  /** Of a room, else null. */
  readonly roomType: RoomType | null;
  /** Square metres of a room, one decimal; null for the others and where nobody measured. */
  readonly floorArea: number | null;
  /** Of a thermostat, in seconds, else null. */
  readonly installedAt: number | null;
}

/** How a customer's houses are cut; grows with its thermostats. */
interface Shape {
  readonly customer: number;
  readonly key: number;
  readonly roomsPerFloor: number;
  readonly floorsPerBuilding: number;
  readonly thermostats: number;
  readonly rooms: number;
  readonly floors: number;
  readonly buildings: number;
}

function roomOfThermostat(local: number): number {
  const pattern = ROOM_OF_THERMOSTAT.length;
  return Math.floor(local / pattern) * ROOM_SIZES.length + (ROOM_OF_THERMOSTAT[local % pattern] ?? 0);
}

function shapeAt(roster: Roster, customer: number, time: number): Shape {
  const key = hash(roster.customerKey, customer + 0x20000000);
  const roomsPerFloor = 3 + Math.floor(8 * unit(key, -1));
  const floorsPerBuilding = 1 + Math.floor(5 * unit(key, -2));
  const thermostats = installedCount(roster, customer, time);
  const rooms = thermostats === 0 ? 0 : roomOfThermostat(thermostats - 1) + 1;
  const floors = Math.ceil(rooms / roomsPerFloor);
  const buildings = Math.ceil(floors / floorsPerBuilding);
  return { customer, key, roomsPerFloor, floorsPerBuilding, thermostats, rooms, floors, buildings };
}

/** A customer's hierarchy at a time, node by node in listing order: parents may come after their children. */
export interface Hierarchy {
  readonly length: number;
  /** The node at a place in the listing, 0 … length - 1. */
  node(position: number): HierarchyNode;
}

/** The hierarchy of the devices that are installed at a time. */
export function hierarchyAt(roster: Roster, customer: number, time: number): Hierarchy {
  const shape = shapeAt(roster, customer, time);
  const length = shape.buildings + shape.floors + shape.rooms + shape.thermostats;
  const stride = coprimeStride(length);
  return { length, node: (position) => nodeAt(roster, shape, (position * stride + 1) % length) };
}

/** A step that visits each of `length` places once before it comes back. */
function coprimeStride(length: number): number {
  let stride = Math.max(1, Math.floor(length * 0.382));
  while (greatestCommonDivisor(stride, length) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

const NOT_SET = { device: null, roomType: null, floorArea: null, installedAt: null };

function nodeAt(roster: Roster, shape: Shape, place: number): HierarchyNode {
  const owner = customerId(shape.customer).slice(2);
  let n = place;
  if (n < shape.buildings) return { nodeId: `b-${owner}-${n}`, parentId: null, kind: 'building', ...NOT_SET };
  n -= shape.buildings;
  if (n < shape.floors) {
    const parentId = `b-${owner}-${Math.floor(n / shape.floorsPerBuilding)}`;
    return { nodeId: `f-${owner}-${n}`, parentId, kind: 'floor', ...NOT_SET };
  }
  n -= shape.floors;
  if (n < shape.rooms) return roomNode(shape, owner, n);
  n -= shape.rooms;
  const { device, installedAt } = siteOf(roster, shape.customer, n);
  const parentId = `r-${owner}-${roomOfThermostat(n)}`;
  return { ...NOT_SET, nodeId: `t-${deviceId(device).slice(2)}`, parentId, kind: 'thermostat', device, installedAt };
}

function roomNode(shape: Shape, owner: string, room: number): HierarchyNode {
  const key = hash(shape.key, room);
  return {
    nodeId: `r-${owner}-${room}`,
    parentId: `f-${owner}-${Math.floor(room / shape.roomsPerFloor)}`,
    kind: 'room',
    device: null,
    roomType: pick(key, 1, ROOM_TYPES),
    floorArea: unit(key, 2) < 0.1 ? null : Math.round(80 + 520 * unit(key, 3)) / 10,
    installedAt: null,
  };
}
