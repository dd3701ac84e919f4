/** What keeps a comparison from being made: a missing program, a project that cannot be read. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError';
}
