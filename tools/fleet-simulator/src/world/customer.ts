import { hash, pick, unit } from './hash.ts';
import { customerStay, installedCount, CHURNED_LISTED_SECONDS, type Roster } from './roster.ts';
import { DAY } from './time.ts';

/** Of the customers that are there, this share is paused in any month; their devices go on reporting. */
const PAUSED_SHARE = 0.03;

const TIME_ZONES = [
  'Europe/Berlin',
  'Europe/Berlin',
  'Europe/Vienna',
  'Europe/Zurich',
  'Europe/London',
  'Europe/Helsinki',
  'America/New_York',
] as const;

/** A customer as its shard knows it at a time. */
export interface Customer {
  readonly customer: number;
  readonly shard: number;
  readonly status: 'active' | 'paused' | 'churned';
  /** When it joined, in seconds. */
  readonly createdAt: number;
  /** Devices that are installed; 0 once churned. */
  readonly thermostatCount: number;
  readonly timeZone: string;
}

/** A customer at a time; null before it joins and once its shard has forgotten it. */
export function customerAt(roster: Roster, customer: number, time: number): Customer | null {
  const { slot, joinedAt, leftAt } = customerStay(roster, customer);
  if (time < joinedAt || time >= leftAt + CHURNED_LISTED_SECONDS) return null;
  const key = hash(roster.customerKey, customer + 0x40000000);
  const paused = unit(key, Math.floor(time / (30 * DAY))) < PAUSED_SHARE;
  return {
    customer,
    shard: roster.shardOf[slot] ?? 0,
    status: time >= leftAt ? 'churned' : paused ? 'paused' : 'active',
    createdAt: joinedAt,
    thermostatCount: installedCount(roster, customer, time),
    timeZone: pick(key, -1, TIME_ZONES),
  };
}
