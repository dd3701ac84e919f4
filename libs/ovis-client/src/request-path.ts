import { InvalidCustomerIdError } from './errors.ts';

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
export function customerPath(customerId: string, listing: 'hierarchy' | 'device-states'): string {
  return `${customersPath()}/${pathSegment(customerId)}/${listing}`;
}

/**
 * Encodes an id as one segment of a path. Everything outside RFC 3986's unreserved characters is encoded, so that a
 * slash, a quote or a NUL arrive as part of the id. "." and ".." are refused: servers resolve them even when encoded.
 *
 * @throws {InvalidCustomerIdError}
 */
export function pathSegment(id: string): string {
  if (typeof id !== 'string' || id === '') throw new InvalidCustomerIdError('is empty');
  if (id.length > MAX_ID_LENGTH) throw new InvalidCustomerIdError(`has ${id.length} characters`);
  if (id === '.' || id === '..') throw new InvalidCustomerIdError('is a relative path');
  if (!id.isWellFormed()) throw new InvalidCustomerIdError('holds a lone surrogate');
  return strictEncode(id);
}

/** The query of a page. */
export function pageQuery(limit: number, cursor: string | null): string {
  return `?limit=${limit}${cursor === null ? '' : `&cursor=${strictEncode(cursor)}`}`;
}

function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
