import { gzipSync } from 'node:zlib';
import { MemoryObjects, startObjectServer, type ObjectServer } from '@ovis/object-server';
import { MARK } from './canaries.ts';
import { ALGORITHM, type CanaryWorld } from './canary-world.ts';

const DAY = '2026-11-22';
export const BUCKET = 'results';

/** A store with canaries in lines, in names of objects that are no results, in headers and in the bodies of its errors. */
export async function startCanaryStore(world: CanaryWorld): Promise<ObjectServer> {
  const lines = world.evaluations.map((document) => JSON.stringify(document));
  const malformed = [`{"reviewedBy": "${MARK}"`, MARK, `${MARK}: 1`, `[${MARK}]`, `"${MARK}" ${MARK}`];
  const folder = `${ALGORITHM}/${DAY}`;
  const half = Math.ceil(lines.length / 2);
  const objects = new MemoryObjects({
    [`${folder}/part-00000.jsonl.gz`]: gzipSync([...lines.slice(0, half), ...malformed].join('\n')),
    [`${folder}/part-00001.jsonl`]: lines.slice(half).join('\n'),
    [`${folder}/_SUCCESS`]: MARK,
    [`${folder}/${MARK}.txt`]: MARK,
    [`${folder}/part-00002.jsonl.${MARK}`]: MARK,
    [`${MARK}@example.com/${DAY}/part-00000.jsonl`]: MARK,
    [`Ann ${MARK}/${DAY}/_SUCCESS`]: MARK,
    [`${ALGORITHM}/${MARK}/_SUCCESS`]: MARK,
    [MARK]: MARK,
    // A folder that fails: its gzip is cut in the middle of a name.
    [`broken/${DAY}/part-00000.jsonl.gz`]: gzipSync(`{"reviewedBy":"${MARK}"}\n`.repeat(5_000)).subarray(0, 100),
    [`broken/${DAY}/_SUCCESS`]: '',
    [`refused/${DAY}/part-00000.jsonl`]: `{"reviewedBy":"${MARK}"}\n`,
    [`refused/${DAY}/_SUCCESS`]: '',
  });
  const server = await startObjectServer({ buckets: { [BUCKET]: objects } });
  const headers = { server: MARK, [`x-amz-meta-${MARK}`]: MARK, 'retry-after': MARK };
  server.fail({ operation: 'list', with: { kind: 'status', status: 503, code: MARK, headers } });
  server.fail({ operation: 'list', with: { kind: 'body', body: `<${MARK}>${MARK}`, headers } });
  const part = `${folder}/part-00000.jsonl.gz`;
  server.fail({ operation: 'get', key: part, with: { kind: 'status', status: 500, code: MARK, headers } });
  server.fail({ operation: 'get', key: part, with: { kind: 'cut', bytes: 50 } });
  const refused = { kind: 'status', status: 403, code: MARK, headers } as const;
  server.fail({ operation: 'get', key: `refused/${DAY}/part-00000.jsonl`, times: Infinity, with: refused });
  return server;
}
