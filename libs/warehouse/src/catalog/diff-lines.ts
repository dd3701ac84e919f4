const CONTEXT = 2;

interface Change {
  readonly mark: ' ' | '-' | '+';
  readonly line: string;
}

/**
 * The lines that differ between two texts, as `diff -u` prints them but without its headers: `-` only in `expected`, `+` only in `actual`, two
 * lines around each place, places parted by `…`.
 *
 * @returns an empty text if they are equal.
 */
export function diffLines(expected: string, actual: string): string {
  const changes = changesBetween(expected.split('\n'), actual.split('\n'));
  const isShown = changes.map((_, index) =>
    changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ mark }) => mark !== ' '),
  );
  const lines: string[] = [];
  for (const [index, { mark, line }] of changes.entries()) {
    if (!isShown[index]) continue;
    if (lines.length > 0 && !isShown[index - 1]) lines.push('…');
    lines.push(`${mark} ${line}`.trimEnd());
  }
  return lines.join('\n');
}

/** By the longest common subsequence; for texts of some thousand lines its square of memory is small. */
function changesBetween(expected: readonly string[], actual: readonly string[]): readonly Change[] {
  const common = commonLengths(expected, actual);
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < expected.length || j < actual.length) {
    const left = expected[i];
    const right = actual[j];
    if (left !== undefined && left === right) {
      changes.push({ mark: ' ', line: left });
      i++;
      j++;
    } else if (
      left !== undefined &&
      (right === undefined || lengthAt(common, i + 1, j) >= lengthAt(common, i, j + 1))
    ) {
      changes.push({ mark: '-', line: left });
      i++;
    } else {
      changes.push({ mark: '+', line: right ?? '' });
      j++;
    }
  }
  return changes;
}

/** `common[i][j]`: length of the longest common subsequence of what follows line i of the one and line j of the other. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint32Array[] {
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const length =
        a[i] === b[j]
          ? lengthAt(common, i + 1, j + 1) + 1
          : Math.max(lengthAt(common, i + 1, j), lengthAt(common, i, j + 1));
      common[i]?.fill(length, j, j + 1);
    }
  }
  return common;
}

function lengthAt(common: readonly Uint32Array[], i: number, j: number): number {
  return common[i]?.[j] ?? 0;
}
