import { textOf } from '../call-arguments.ts';
import { hostFunction, hostObject, type Value } from '../template-engine.ts';
import { datetimeModule, zoneByName, zoneValue } from './datetime.ts';
import { itertoolsModule } from './itertools.ts';
import { UTC } from './moment.ts';
import { regexModule } from './regex.ts';

/** `modules`: the parts of Python's library that dbt shows to templates. @param now the clock. */
export function modulesValue(now: () => Date): Value {
  const pytz = hostObject({
    typeName: 'module',
    attributes: {
      timezone: hostFunction('timezone', ({ positional: [name] }) => zoneByName(textOf(name))),
      utc: zoneValue(UTC),
      UTC: zoneValue(UTC),
    },
  });
  return hostObject({
    typeName: 'modules',
    attributes: { datetime: datetimeModule(now), re: regexModule(), itertools: itertoolsModule(), pytz },
  });
}
