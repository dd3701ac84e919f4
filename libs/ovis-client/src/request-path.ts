import type { AggregateQuestion } from './daily-aggregates.ts';
import { InvalidCustomerIdError, InvalidDeviceIdError } from './errors.ts';

/** Where tokens come from. */
export const LOGIN_PATH = '/api/v1/auth/login';

/** Longer ids would not fit into a request line that servers accept once they are encoded. */
const MAX_ID_LENGTH = 1024;

/** The path of a shard's customers. */
export function customersPath(): string {
  return '/api/v1/customers';
}

/**
 * The path of one listing of a customer.
 * @throws {InvalidCustomerIdError}
 */
export function customerPath(customerId: string, listing: 'hierarchy' | 'device-states' | 'daily-aggregates'): string {
  return `${customersPath()}/${pathSegment(customerId)}/${listing}`;
}

/**
 * The path and query of one device's aggregate.
 * @throws {InvalidDeviceIdError}
 */
export function deviceAggregatePath(deviceId: string, question: AggregateQuestion): string {
  return `/api/v1/devices/${pathSegment(deviceId, InvalidDeviceIdError)}/daily-aggregates?${questionQuery(question)}`;
}

/**
 * Encodes an id as one segment of a path. Everything outside RFC 3986's unreserved characters is encoded, so that a
 * slash, a quote or a NUL arrive as part of the id. "." and ".." are refused: servers resolve them even when encoded.
 *
 * @throws {InvalidCustomerIdError} or the given error.
 */
export function pathSegment(id: string, Invalid: new (problem: string) => Error = InvalidCustomerIdError): string {
  if (typeof id !== 'string' || id === '') throw new Invalid('is empty');
  if (id.length > MAX_ID_LENGTH) throw new Invalid(`has ${id.length} characters`);
  if (id === '.' || id === '..') throw new Invalid('is a relative path');
  if (!id.isWellFormed()) throw new Invalid('holds a lone surrogate');
  return strictEncode(id);
}

/** The query of a page, with what the listing asks besides. */
export function pageQuery(limit: number, cursor: string | null, question: AggregateQuestion | null = null): string {
  const asked = question === null ? '' : `${questionQuery(question)}&`;
  return `?${asked}limit=${limit}${cursor === null ? '' : `&cursor=${strictEncode(cursor)}`}`;
}

function questionQuery({ metric, date }: AggregateQuestion): string {
  return `metric=${strictEncode(metric)}&date=${strictEncode(date)}`;
}

function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
