import { canary } from '../documents/canary.ts';
import { DEVICE_STATE_BYTES, fitsDeviceStateBytes, putDeviceState } from '../documents/device-state-bytes.ts';
import type { JsonObject } from '../documents/json.ts';
import { allZero } from '../fleet/profile.ts';
import { METRICS, type Metric } from '../world/daily-aggregate.ts';
import type { DeviceState } from '../world/device-state.ts';
import { hash, hashText, unit } from '../world/hash.ts';
import { parseCustomerId, parseDeviceId } from '../world/ids.ts';
import { parseDay } from '../world/time.ts';
import { gatewayAnswer, jsonAnswer, problemAnswer, type Answer } from './answer.ts';
import { decodeCursor, type CursorState } from './cursor.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { cutPage, fixedPage, type ListedPage, type Listing } from './listing.ts';

const DEFAULT_LIMIT = 250;
const MAX_LIMIT = 1000;

/** A request whose token was accepted, taken apart. */
export interface ApiRequest {
  /** Decoded segments of the path below `/api/v1`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Simulated time, in seconds. */
  readonly time: number;
}

/** The endpoints of one shard but login: a pure function of the request. */
export type ShardApi = (request: ApiRequest) => Answer;

/** Makes the endpoints of a shard. */
export function createShardApi(fleet: Fleet, shard: number): ShardApi {
  const api: Api = { fleet, shard, key: hash(hashText(fleet.settings.world.seed), 100 + shard) };
  return (request) => {
    const [entity, id = '', listing] = request.segments;
    const shape = request.segments.length;
    if (entity === 'customers' && shape === 1) return listCustomers(api, request);
    if (entity === 'customers' && shape === 3) {
      if (listing === 'hierarchy') return listOfCustomer(api, request, id, hierarchyListing);
      if (listing === 'device-states') return listOfCustomer(api, request, id, deviceStateListing);
      if (listing === 'daily-aggregates') return listCustomerAggregates(api, request, id);
    }
    if (entity === 'devices' && shape === 3 && listing === 'daily-aggregates') return deviceAggregate(api, request, id);
    return problemAnswer(404, 'there is nothing at this path');
  };
}

interface Api {
  readonly fleet: Fleet;
  readonly shard: number;
  /** Hash that is this shard's own. */
  readonly key: number;
}

/** Makes a customer's listing as of the time that its cursors are bound to. */
type ListingOf = (fleet: Fleet, customer: number, snapshot: number) => Listing;

function hierarchyListing({ world, presentation }: Fleet, customer: number, snapshot: number): Listing {
  const hierarchy = world.hierarchy(customer, snapshot);
  return { length: hierarchy.length, item: (place) => presentation.node.sent(hierarchy.node(place)) };
}

function deviceStateListing({ world, presentation, settings }: Fleet, customer: number, snapshot: number): Listing {
  const length = world.deviceCount(customer, snapshot);
  const state = (local: number): DeviceState => world.deviceState(world.siteOf(customer, local), snapshot);
  const item = (local: number): JsonObject => presentation.deviceState.sent(state(local));
  if (length === 0 || !allZero(settings.rates) || !fitsDeviceStateBytes(world.siteOf(customer, length - 1))) {
    return { length, item };
  }
  const put = (bytes: Uint8Array, start: number, local: number): void => putDeviceState(bytes, start, state(local));
  return { length, item, fixed: { size: DEVICE_STATE_BYTES, put } };
}

function aggregateListing(metric: Metric, day: number): ListingOf {
  return ({ world, presentation }, customer, snapshot) => ({
    length: world.deviceCount(customer, snapshot),
    item: (local) => {
      const aggregate = world.dailyAggregate(world.siteOf(customer, local), metric, day, snapshot);
      return aggregate === null ? null : presentation.aggregate.sent(aggregate);
    },
  });
}

function listCustomers(api: Api, request: ApiRequest): Answer {
  const paging = readPaging(api, request);
  if ('status' in paging) return paging;
  const { world, presentation } = api.fleet;
  const customers = world.customersOfShard(api.shard, paging.at.snapshot);
  const item = (place: number): JsonObject | null => {
    const customer = customers[place];
    return customer === undefined ? null : presentation.customer.sent(customer);
  };
  // A customer is on one page only: what moves between pages is devices.
  const rates = { ...api.fleet.settings.rates, duplicates: 0 };
  return pageAnswer(api, paging, cutPage({ listing: { length: customers.length, item }, ...paging }, rates));
}

function listOfCustomer(api: Api, request: ApiRequest, id: string, listingOf: ListingOf): Answer {
  const paging = readPaging(api, request);
  if ('status' in paging) return paging;
  const customer = customerHere(api, id, paging.at.snapshot);
  if (customer === null) return problemAnswer(404, 'this shard has no such customer');
  const broken = api.fleet.breakage.broken(customer);
  if (broken === 'server-error') return problemAnswer(500, personalDetail(api, 'unexpected error', id));
  if (broken === 'bad-gateway') return gatewayAnswer(502, personalDetail(api, 'no answer from upstream', id));
  const listing = listingOf(api.fleet, customer, paging.at.snapshot);
  if (listing.fixed !== undefined) return jsonAnswer(fixedPage(listing.fixed, { listing, ...paging }));
  const page = cutPage({ listing, ...paging }, api.fleet.settings.rates);
  const answer = pageAnswer(api, paging, page);
  if (broken === null || page.nextCursor !== null) return answer;
  return broken === 'cut' ? { ...answer, cut: true } : { ...answer, body: `${answer.body.toString().slice(0, -2)}, }` };
}

function listCustomerAggregates(api: Api, request: ApiRequest, id: string): Answer {
  const asked = readMetricAndDay(request.query);
  if ('status' in asked) return asked;
  const customer = parseCustomerId(id);
  const refusal = customer === null ? null : api.fleet.breakage.refusal(customer, asked.metric, asked.day);
  if (refusal !== null && (!refusal.afterFirstPage || request.query.has('cursor'))) {
    return problemAnswer(refusal.status, personalDetail(api, 'this cannot be aggregated', id));
  }
  return listOfCustomer(api, request, id, aggregateListing(asked.metric, asked.day));
}

function deviceAggregate(api: Api, request: ApiRequest, id: string): Answer {
  const asked = readMetricAndDay(request.query);
  if ('status' in asked) return asked;
  const { world, presentation } = api.fleet;
  const device = parseDeviceId(id);
  const site = device === null ? null : world.site(device, request.time);
  if (site === null || world.customer(site.customer, request.time)?.shard !== api.shard) {
    return problemAnswer(404, 'this shard has no such device');
  }
  const aggregate = world.dailyAggregate(site, asked.metric, asked.day, request.time);
  if (aggregate === null) return problemAnswer(404, 'the device reported nothing on that day');
  return jsonAnswer(presentation.aggregate.sent(aggregate));
}

/** The number of a customer that this shard knows at a time, else null. */
function customerHere(api: Api, id: string, time: number): number | null {
  const customer = parseCustomerId(id);
  return customer !== null && api.fleet.world.customer(customer, time)?.shard === api.shard ? customer : null;
}

interface Paging {
  readonly identity: number;
  readonly at: CursorState;
  readonly limit: number;
}

/** Reads limit and cursor, or says what is wrong with them. */
function readPaging(api: Api, request: ApiRequest): Paging | Answer {
  const { segments, query, time } = request;
  const limitText = query.get('limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,6}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > MAX_LIMIT) return problemAnswer(400, `limit must be a whole number from 1 to ${MAX_LIMIT}`);
  const bound = [...segments, query.get('metric') ?? '', query.get('date') ?? ''];
  const identity = hash(api.key, hashText(JSON.stringify(bound)));
  const cursor = query.get('cursor');
  if (cursor === null) return { identity, limit, at: { snapshot: time, position: 0, afterEmpty: false } };
  const at = decodeCursor(identity, cursor);
  return at === null ? problemAnswer(400, 'this cursor does not belong to this listing') : { identity, limit, at };
}

function readMetricAndDay(query: URLSearchParams): { metric: Metric; day: number } | Answer {
  const metric = METRICS.find((name) => name === query.get('metric'));
  if (metric === undefined) return problemAnswer(400, `metric must be one of ${METRICS.join(', ')}`);
  const day = parseDay(query.get('date') ?? '');
  return day === null ? problemAnswer(400, 'date must be a day, as in 2026-11-22') : { metric, day };
}

function pageAnswer(api: Api, paging: Paging, page: ListedPage): Answer {
  const key = hash(hash(paging.identity, paging.at.snapshot), paging.at.position);
  if (unit(key, 5) >= api.fleet.settings.rates.unknownFields) return jsonAnswer({ ...page });
  const trace = { askedBy: canary('asked-by', 'page'), [canary('page-key', 'page')]: 1 };
  return jsonAnswer({ ...page, total: page.items.length, trace });
}

/** Error texts of an untidy shard hold personal data too. */
function personalDetail({ fleet }: Api, text: string, id: string): string {
  return fleet.settings.profile === 'untidy' ? `${text}, ask ${canary('admin', id)}` : text;
}
