import { parseYaml, yamlText } from '../project/yaml-cursor.ts';
import { dateValue, momentValue } from './modules/datetime.ts';
import { parseIso } from './modules/moment.ts';
import { toHost, type Value } from './template-engine.ts';

/** `fromyaml`: as Python's reader has it, dates and moments as such. @throws ProjectError on what is no YAML */
export function fromYaml(text: string): unknown {
  return parseYaml('the text given to fromyaml()', text, { momentOf }).value;
}

/** A date or a moment of YAML 1.1, moments of another zone in UTC; the text itself where there is no such day. */
function momentOf(text: string): unknown {
  const [year = '', month = '', day = ''] = /^(\d{4})-(\d\d?)-(\d\d?)/u.exec(text)?.slice(1) ?? [];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const clock = text.slice(`${year}-${month}-${day}`.length).replace(/^(?:[Tt]|\s+)/u, '');
  if (clock === '') return ofIso(date, (moment) => dateValue(moment.wallMs)) ?? text;
  const padded = clock
    .replaceAll(/\s+/gu, '')
    .replace(/^\d(?=:)/u, '0$&')
    .replace(/([-+])(\d)(?=:|$)/u, '$10$2');
  return ofIso(`${date}T${padded}`, momentValue) ?? text;
}

function ofIso(text: string, make: (moment: NonNullable<ReturnType<typeof parseIso>>) => Value): Value | null {
  const moment = parseIso(text);
  return moment === null ? null : make(moment);
}

/** `toyaml`: as Python's writer has it; texts that would be read as something else in quotes. */
export function toYaml(value: Value, sortsKeys: boolean): string {
  return yamlText(toHost(value), sortsKeys);
}
