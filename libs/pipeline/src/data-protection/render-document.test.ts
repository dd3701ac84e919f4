import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { renderDataProtection } from './render-document.ts';

const FILE = '../../../../docs/data-protection.md';

// `npx vitest run --root libs/pipeline render-document -u` writes it anew; a plain run fails where it is stale.
test('docs/data-protection.md says what the allowlists say', async () => {
  const filepath = `${import.meta.dirname}/${FILE}`;
  const document = await format(renderDataProtection(), { ...(await resolveConfig(filepath)), filepath });
  await expect(document).toMatchFileSnapshot(FILE);
});
