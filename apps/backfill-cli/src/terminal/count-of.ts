import { formatCount } from '@ovis/foundation';

/** `1 day`, `1,200 days`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
