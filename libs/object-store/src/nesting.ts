/**
 * Whether arrays and objects in a JSON text stand deeper in each other than `levels`. Brackets in strings do not count. What is
 * no JSON gets some answer.
 */
export function isNestedDeeper(text: string, levels: number): boolean {
  let depth = 0;
  const token = /[[{\]}]|"(?:[^"\\]|\\.)*"?/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match;
    if (found === '[' || found === '{') {
      depth++;
      if (depth > levels) return true;
    } else if (found === ']' || found === '}') depth--;
  }
  return false;
}
