import { raise } from '../errors.ts';
import { hostObject } from '../runtime/host.ts';
import { PyDict } from '../values/dict.ts';
import { toText } from '../values/print.ts';
import { PyRange } from '../values/range.ts';
import { PyNamespace, type CallArguments, type Value } from '../values/value.ts';
import { entriesOf } from './list-methods.ts';
import { bindArguments, Builtin, count, signature } from './native.ts';

const JOINER = signature('sep=", "');

/** The names that every template knows, unless the scope has others for them. */
export const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['range', new Builtin('range', makeRange)],
  ['dict', new Builtin('dict', makeDict)],
  [
    'namespace',
    new Builtin(
      'namespace',
      (args) =>
        new PyNamespace(
          makeDict(args)
            .entries()
            .map(([name, value]) => [toText(name), value] as const),
        ),
    ),
  ],
  ['cycler', new Builtin('cycler', makeCycler)],
  ['joiner', new Builtin('joiner', makeJoiner)],
]);

function makeRange({ positional, keyword }: CallArguments): PyRange {
  if (keyword.size > 0) raise('TypeError', 'range() takes no keyword arguments');
  const [first = 0, second = 0, third = 0] = positional.map((value) => count(value, 'range() argument'));
  if (positional.length === 1) return new PyRange(0, first, 1);
  if (positional.length === 2 || positional.length === 3)
    return new PyRange(first, second, positional.length === 3 ? third : 1);
  return raise('TypeError', `range expected 1 to 3 arguments, got ${positional.length}`);
}

function makeDict({ positional, keyword }: CallArguments): PyDict {
  if (positional.length > 1) raise('TypeError', `dict expected at most 1 argument, got ${positional.length}`);
  const [first] = positional;
  return new PyDict([...(first === undefined ? [] : entriesOf(first)), ...keyword]);
}

function makeCycler({ positional }: CallArguments): Value {
  if (positional.length === 0) raise('TypeError', 'at least one item has to be provided');
  let at = 0;
  const next = new Builtin('next', () => {
    const item = positional[at] ?? null;
    at = (at + 1) % positional.length;
    return item;
  });
  const reset = new Builtin('reset', () => {
    at = 0;
    return null;
  });
  return hostObject({
    typeName: 'Cycler',
    attributes: {
      next,
      reset,
      get current() {
        return positional[at] ?? null;
      },
    },
  });
}

function makeJoiner(args: CallArguments): Value {
  const [separator = ''] = bindArguments('joiner', JOINER, args);
  let isUsed = false;
  return hostObject({
    typeName: 'Joiner',
    call: () => {
      const text = isUsed ? separator : '';
      isUsed = true;
      return text;
    },
  });
}
