import { describe, expect, test } from 'vitest';
import { compileTemplate, type Scope } from '../template-engine.ts';
import { modulesValue } from './index.ts';

const modules = modulesValue(() => new Date('2024-02-29T12:00:00Z'));
const scope: Scope = { get: (name) => (name === 'modules' ? modules : undefined), undefinedBehaviour: 'default' };
const rendered = (text: string): string => compileTemplate(`{{ ${text} }}`, 'test').renderSync(scope);

// The expected texts are what Python prints.
describe(modulesValue, () => {
  test.each([
    [
      "modules.datetime.datetime(2024, 2, 29, 13, 5, 7).strftime('%Y%m%d %H:%M:%S %j %a %U')",
      '20240229 13:05:07 060 Thu 08',
    ],
    [
      'modules.datetime.datetime(2024, 2, 29) + modules.datetime.timedelta(days=1, seconds=1.5)',
      '2024-03-01 00:00:01.500000',
    ],
    ['modules.datetime.datetime(2024, 3, 1) - modules.datetime.datetime(2024, 2, 28, 12)', '1 day, 12:00:00'],
    ['modules.datetime.date(2024, 2, 29) < modules.datetime.date(2024, 3, 1)', 'True'],
    [
      "modules.datetime.datetime.strptime('3 Feb 2021 4:05 PM', '%d %b %Y %I:%M %p').isoformat()",
      '2021-02-03T16:05:00',
    ],
    [
      "modules.datetime.datetime.fromisoformat('2024-01-01T00:00:00+02:00').astimezone(modules.pytz.utc)",
      '2023-12-31 22:00:00+00:00',
    ],
    [
      "modules.pytz.timezone('Europe/Zurich').localize(modules.datetime.datetime(2024, 7, 1)).isoformat()",
      '2024-07-01T00:00:00+02:00',
    ],
    ['modules.datetime.datetime.now().year', '2024'],
    ["modules.re.sub('(a+)', '<\\\\1>', 'baab')", 'b<aa>b'],
    ["modules.re.match('x(?P<n>\\\\d+)', 'x12y').group('n')", '12'],
    ["modules.re.fullmatch('x', 'xy') is none", 'True'],
    ["modules.re.findall('\\\\w', 'a b')", "['a', 'b']"],
    ["modules.itertools.product([1, 2], 'ab') | list | length", '4'],
    ['modules.itertools.combinations([1, 2, 3], 2) | list', '[(1, 2), (1, 3), (2, 3)]'],
    ['modules.datetime.timedelta(hours=26).total_seconds()', '93600.0'],
    ['modules.datetime.timedelta(hours=2) / modules.datetime.timedelta(hours=1)', '2.0'],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected);
  });

  test('an expression that is none, and a zone that is none, are errors', () => {
    expect(() => rendered("modules.re.match('(', 'x')")).toThrow("the regular expression '(' cannot be used here");
    expect(() => rendered("modules.pytz.timezone('Mars/Base')")).toThrow('names no time zone');
  });
});
