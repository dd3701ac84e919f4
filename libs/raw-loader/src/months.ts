/** A calendar month in UTC, `YYYY-MM`. */
export type Month = string;

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

/**
 * The months that overlap a half-open interval, in order.
 *
 * @param from first moment.
 * @param until first moment after the end; equal to or before `from`, the month of `from` alone is given.
 */
export function monthsBetween(from: Date, until: Date): Month[] {
  const months = [monthOf(from)];
  for (let next = nextMonth(months[0]!); startOf(next) < until.getTime(); next = nextMonth(next)) months.push(next);
  return months;
}

/** The UTC month of a moment. */
export function monthOf(moment: Date): Month {
  return moment.toISOString().slice(0, 7);
}

/** The month after. */
export function nextMonth(month: Month): Month {
  return monthOf(new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 1)));
}

/** Whether a text names a month. */
export function isMonth(text: string): text is Month {
  return MONTH.test(text);
}

function startOf(month: Month): number {
  return Date.parse(`${month}-01T00:00:00Z`);
}
