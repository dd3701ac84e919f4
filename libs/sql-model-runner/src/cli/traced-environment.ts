type Environment = Readonly<Record<string, string | undefined>>;

/** An environment that keeps which variables were asked for, and what they were. */
export function tracedEnvironment(env: Environment): {
  readonly env: Environment;
  readonly environment: ReadonlyMap<string, string | undefined>;
} {
  const environment = new Map<string, string | undefined>();
  const asked = (name: string | symbol): void => {
    if (typeof name === 'string') environment.set(name, env[name]);
  };
  const traced = new Proxy(env, {
    get(target, name) {
      asked(name);
      return typeof name === 'string' ? target[name] : undefined;
    },
    has(target, name) {
      asked(name);
      return Object.hasOwn(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      asked(name);
      return Object.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      const names = Reflect.ownKeys(target);
      names.forEach(asked);
      return names;
    },
  });
  return { env: traced, environment };
}
