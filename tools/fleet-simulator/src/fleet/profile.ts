import type { DefectRates } from '../documents/defects.ts';
import { SimulatorOptionError } from '../errors.ts';

/** `tidy` keeps to the contract's schemas; `untidy` does everything that the contract's description warns of. */
export type Profile = 'tidy' | 'untidy';

/** How often a shard answers otherwise than asked: shares of the requests, unless said otherwise, 0 … 1. */
export interface FaultRates {
  /** 401 before the token's time is over. */
  readonly unauthorized: number;
  /** 429, with or without Retry-After. */
  readonly tooManyRequests: number;
  /** 503, with or without Retry-After. */
  readonly unavailable: number;
  /** 502 or 504 with a proxy's HTML page. */
  readonly badGateway: number;
  /** The connection is cut in the middle of the body. */
  readonly cutConnections: number;
  /** Of the pages: fewer items than asked for. */
  readonly shortPages: number;
  /** Of the pages: an empty one comes first. */
  readonly emptyPages: number;
  /** Of the pages: the page repeats the last item of the page before. */
  readonly duplicates: number;
  /** Of the pairs of customer and metric: daily aggregates at customer level are refused, some on certain days only. */
  readonly aggregateRefusals: number;
  /** Of the customers: broken, see `BrokenKind`; at least one customer when above 0. */
  readonly brokenCustomers: number;
  /** Of the lines of evaluation results: no JSON. */
  readonly malformedLines: number;
}

/** Everything that a profile sets; each rate can be set by itself. */
export interface Rates extends FaultRates, DefectRates {}

const TIDY: Rates = {
  unauthorized: 0,
  tooManyRequests: 0,
  unavailable: 0,
  badGateway: 0,
  cutConnections: 0,
  shortPages: 0,
  emptyPages: 0,
  duplicates: 0,
  aggregateRefusals: 0,
  brokenCustomers: 0,
  malformedLines: 0,
  missing: 0,
  nulls: 0,
  numericStrings: 0,
  wrongTypes: 0,
  unknownFields: 0,
};

const UNTIDY: Rates = {
  unauthorized: 0.01,
  tooManyRequests: 0.02,
  unavailable: 0.02,
  badGateway: 0.02,
  cutConnections: 0.02,
  shortPages: 0.1,
  emptyPages: 0.03,
  duplicates: 0.1,
  aggregateRefusals: 0.25,
  brokenCustomers: 1 / 40,
  malformedLines: 0.001,
  missing: 0.01,
  nulls: 0.01,
  numericStrings: 0.03,
  wrongTypes: 0.005,
  unknownFields: 0.3,
};

/** Whether nothing ever differs from the contract: then answers can be made in the shortest way. */
export function allZero(rates: Rates): boolean {
  return Object.values(rates).every((rate) => rate === 0);
}

/**
 * The rates of a profile, with some of them set by hand.
 *
 * @throws SimulatorOptionError for a rate that is unknown or not in 0 … 1.
 */
export function ratesOf(profile: Profile, overrides: Partial<Rates> = {}): Rates {
  const base = profile === 'tidy' ? TIDY : UNTIDY;
  for (const [name, rate] of Object.entries(overrides)) {
    if (!(name in base)) {
      throw new SimulatorOptionError(
        'rates',
        `rates.${name} is unknown; the rates are ${Object.keys(base).join(', ')}`,
      );
    }
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
      throw new SimulatorOptionError('rates', `rates.${name} is ${String(rate)}; give a share from 0 to 1`);
    }
  }
  return { ...base, ...overrides };
}
