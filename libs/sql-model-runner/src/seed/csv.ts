type State = 'start' | 'field' | 'quoted' | 'quote-in-quoted';

/**
 * Splits CSV text into records as Python's `csv` reader does, which is what reads seeds in dbt: a quote counts only at the start of a
 * field, text after a closing quote belongs to the field, a blank line is a record of no fields.
 *
 * @param delimiter one character. Default: a comma.
 */
export function parseCsv(text: string, delimiter = ','): readonly (readonly string[])[] {
  const source = text.replace(/^\uFEFF/u, '').replaceAll(/\r\n?/gu, '\n');
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let state: State = 'start';
  let isFresh = true;
  const endField = (): void => {
    record.push(field);
    field = '';
    state = 'start';
  };
  for (const char of source) {
    if (state === 'quoted') {
      if (char === '"') state = 'quote-in-quoted';
      else field += char;
      continue;
    }
    if (char === '\n') {
      if (!isFresh) endField();
      records.push(record);
      [record, isFresh, state] = [[], true, 'start'];
      continue;
    }
    isFresh = false;
    if (char === delimiter) endField();
    else if (char === '"' && state !== 'field') {
      if (state === 'quote-in-quoted') field += '"';
      state = 'quoted';
    } else {
      field += char;
      state = 'field';
    }
  }
  if (!isFresh) {
    endField();
    records.push(record);
  }
  return records;
}
