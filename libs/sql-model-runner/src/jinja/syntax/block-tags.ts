/**
 * How a block of the host's is written; each is closed by `end` and its tag.
 * - `macro`: `{% tag name(parameters) %}`, as a macro;
 * - `options`: `{% tag name, flag, key=value %}`;
 * - `name`: `{% tag name %}`;
 * - `raw`: as `name`, with a body that is text and no template.
 */
export type BlockTagForm = 'macro' | 'options' | 'name' | 'raw';

/** Tags that a host adds to the language, by their names. */
export type BlockTags = Readonly<Record<string, BlockTagForm>>;
