/**
 * A source whose methods, and the listings that they give, note what they throw.
 *
 * @param thrown gets every error as it is.
 */
export function recordErrors<Source extends object>(source: Source, thrown: unknown[]): Source {
  const note = (error: unknown): never => {
    thrown.push(error);
    throw error;
  };
  return new Proxy(source, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        let result: unknown;
        try {
          result = Reflect.apply(value, target, given);
        } catch (error) {
          return note(error);
        }
        if (result instanceof Promise) return result.catch(note);
        return isIterable(result) ? noting(result, note) : result;
      };
    },
  });
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** The listing as it is, its counts too, but for what its iteration throws. */
function noting(listing: AsyncIterable<unknown>, note: (error: unknown) => never): AsyncIterable<unknown> {
  return new Proxy(listing, {
    get(target, name) {
      if (name !== Symbol.asyncIterator) return Reflect.get(target, name, target);
      return async function* (): AsyncGenerator {
        try {
          yield* target;
        } catch (error) {
          note(error);
        }
      };
    },
  });
}
