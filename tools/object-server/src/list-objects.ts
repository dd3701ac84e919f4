import { S3Failure } from './errors.ts';
import type { ObjectFacts, ObjectProvider } from './provider.ts';
import { element, xmlDocument } from './xml.ts';

/** A page of ListObjectsV2 as it is asked for. */
export interface ListingQuery {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly startAfter: string;
  /** Null for the first page. */
  readonly continuationToken: string | null;
  readonly urlEncoding: boolean;
}

const MAX_KEYS = 1000;

/**
 * Reads the query of a listing.
 *
 * @throws S3Failure for a parameter that cannot be used.
 */
export function parseListingQuery(query: URLSearchParams): ListingQuery {
  const maxKeys = query.get('max-keys') ?? String(MAX_KEYS);
  if (!/^\d{1,9}$/.test(maxKeys)) throw new S3Failure(400, 'InvalidArgument', 'max-keys is no whole number');
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url') throw new S3Failure(400, 'InvalidArgument', 'encoding-type must be url');
  const token = query.get('continuation-token');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(MAX_KEYS, Number(maxKeys)),
    startAfter: query.get('start-after') ?? '',
    continuationToken: token,
    urlEncoding: encoding === 'url',
  };
}

/** A page: objects and groups of keys that end in the delimiter, in the order of their keys. */
export interface ListingPage {
  readonly objects: readonly ObjectFacts[];
  readonly commonPrefixes: readonly string[];
  /** Null on the last page. */
  readonly nextToken: string | null;
}

/** Cuts a page out of a provider's listing; no more of it is computed than the page needs. */
export async function listObjects(provider: ObjectProvider, query: ListingQuery): Promise<ListingPage> {
  const from = query.continuationToken === null ? query.startAfter : keyOfToken(query.continuationToken);
  const objects: ObjectFacts[] = [];
  const commonPrefixes: string[] = [];
  if (query.maxKeys === 0) return { objects, commonPrefixes, nextToken: null };
  // What the last page ended with: a key, or a group of which nothing more is shown.
  let last = from;
  for await (const object of provider.list(query.prefix, from)) {
    if (isGroup(last, query) && object.key.startsWith(last)) continue;
    if (objects.length + commonPrefixes.length >= query.maxKeys) {
      return { objects, commonPrefixes, nextToken: tokenOfKey(last) };
    }
    const end = query.delimiter === '' ? -1 : object.key.indexOf(query.delimiter, query.prefix.length);
    if (end === -1) {
      objects.push(object);
      last = object.key;
    } else {
      last = object.key.slice(0, end + query.delimiter.length);
      commonPrefixes.push(last);
    }
  }
  return { objects, commonPrefixes, nextToken: null };
}

/** Whether a page ended with a group: the key that is the prefix itself may end in the delimiter and is none. */
function isGroup(last: string, { prefix, delimiter }: ListingQuery): boolean {
  return delimiter !== '' && last.length > prefix.length && last.endsWith(delimiter);
}

/** The page as S3 writes it. */
export function renderListing(bucket: string, query: ListingQuery, page: ListingPage): string {
  const shown = (key: string): string => (query.urlEncoding ? urlEncode(key) : key);
  const contents = page.objects.map((object) =>
    element(
      'Contents',
      element('Key', shown(object.key)) +
        element('LastModified', object.lastModified.toISOString()) +
        element('ETag', `"${object.etag}"`) +
        element('Size', object.size) +
        element('StorageClass', 'STANDARD'),
      true,
    ),
  );
  const prefixes = page.commonPrefixes.map((prefix) =>
    element('CommonPrefixes', element('Prefix', shown(prefix)), true),
  );
  return xmlDocument(
    'ListBucketResult',
    [
      element('Name', bucket),
      element('Prefix', shown(query.prefix)),
      ...(query.delimiter === '' ? [] : [element('Delimiter', shown(query.delimiter))]),
      ...(query.startAfter === '' ? [] : [element('StartAfter', shown(query.startAfter))]),
      ...(query.continuationToken === null ? [] : [element('ContinuationToken', query.continuationToken)]),
      ...(page.nextToken === null ? [] : [element('NextContinuationToken', page.nextToken)]),
      ...(query.urlEncoding ? [element('EncodingType', 'url')] : []),
      element('MaxKeys', query.maxKeys),
      element('KeyCount', page.objects.length + page.commonPrefixes.length),
      element('IsTruncated', page.nextToken !== null),
      ...contents,
      ...prefixes,
    ].join(''),
  );
}

/** S3's form of URL encoding: as in a query, slashes left alone. */
function urlEncode(key: string): string {
  return encodeURIComponent(key.toWellFormed()).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function tokenOfKey(key: string): string {
  return `t.${Buffer.from(key).toString('base64url')}`;
}

function keyOfToken(token: string): string {
  if (!/^t\.[A-Za-z0-9_-]*$/.test(token)) {
    throw new S3Failure(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  }
  return Buffer.from(token.slice(2), 'base64url').toString();
}
