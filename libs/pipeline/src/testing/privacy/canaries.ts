import fc from 'fast-check';

/** Stands for personal data wherever a text may be: nothing that is allowed has this form. */
export const MARK = 'qzcanaryqz';
/** Stands for personal data that is a number, such as a phone number: beyond the range of every allowed number. */
export const NUMBER_MARK = 73_190_427_731;

/** Finds canaries in any text, as a regular expression without regard to case. */
export const CANARY = `${MARK}|${String(NUMBER_MARK)}`;

/** Whether a text holds a canary. */
export function holdsCanary(text: string): boolean {
  return new RegExp(CANARY, 'i').test(text);
}

const texts = fc.oneof(
  fc.constantFrom(
    MARK,
    MARK.toUpperCase(),
    `${MARK}@example.com`,
    `Ann ${MARK}`,
    ` ${MARK}`,
    `AUTO ${MARK}`,
    `${MARK}MANUAL`,
    `per cent ${MARK}`,
    `thermostat\n${MARK}`,
    `4.6.1-${MARK}`,
    `5.0.0-rc.1+${MARK}`,
    `rev3${MARK}`,
    `2026-11-22T01:40:12Z ${MARK}`,
    `2026-11-22 ${MARK}`,
    `21.5 ${MARK}`,
    String(NUMBER_MARK),
    `+${String(NUMBER_MARK)}`,
    `52.${String(NUMBER_MARK)}e12`,
    `true ${MARK}`,
    `\u0000${MARK}`,
    `${MARK}\u0000`,
    `\ud800${MARK}`,
    `"${MARK}"`,
    `\\${MARK}`,
    `'; drop table raw.device_last_updates; -- ${MARK}`,
    `<b>${MARK}</b>`,
    MARK.repeat(200),
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `${text} ${MARK}`),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `${MARK} ${text}`),
);

/** Keys with a canary, and keys that objects treat specially. */
export const canaryKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: texts.map((text) => text.slice(0, 300)) },
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', '*'),
);

/** Values of any shape and depth with a canary in them: as a text, a number, a key, an element. */
export const canaryValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof({ weight: 4, arbitrary: texts }, fc.constantFrom(NUMBER_MARK, -NUMBER_MARK, NUMBER_MARK + 0.5)),
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    fc
      .array(fc.tuple(canaryKey, tie('value')), { minLength: 1, maxLength: 3 })
      .map((entries): unknown => Object.fromEntries(entries)),
  ),
})).value;
