/**
 * Of events in order, those before the first number that is missing.
 *
 * @param after the number behind which they begin.
 */
export function settledEvents<Event extends { readonly eventId: number }>(
  after: number,
  events: readonly Event[],
): readonly Event[] {
  const gap = events.findIndex(({ eventId }, index) => eventId !== after + index + 1);
  return gap === -1 ? events : events.slice(0, gap);
}
