import { createHash } from 'node:crypto';
import { evaluationLine, evaluationLineBytes } from '../documents/evaluation-line.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { worldSeconds } from '../truth/world-seconds.ts';
import {
  ALGORITHMS,
  EVALUATION_BEGINS,
  evaluationOf,
  FOLDER_COMPLETE,
  PARTS_WRITTEN,
  revisionAt,
  type Algorithm,
  type EvaluationRun,
} from '../world/evaluation.ts';
import { fieldAt, type Field } from '../world/field.ts';
import { hashText } from '../world/hash.ts';
import { DAY, isoDay, parseDay } from '../world/time.ts';
import { gzipMember } from './gzip-members.ts';
import { LINES_PER_PART, partLayout, piecesOf, type PartLayout } from './part-layout.ts';

/** What the object store shows of an object. */
export interface EvaluationObject {
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Without quotes; another one when the day was evaluated again. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** An object that is being read: as it was when it was opened. */
export interface OpenEvaluationObject extends EvaluationObject {
  /** The bytes [start, end); computed as they are taken. */
  read(start: number, end: number): Generator<Uint8Array>;
}

/** A bucket of evaluation results that is computed: what an object server takes as a provider. */
export interface EvaluationObjects {
  /** In the order of keys. */
  list(prefix: string, startAfter: string): Generator<EvaluationObject>;
  open(key: string): OpenEvaluationObject | null;
}

/** What the bucket shows. */
export interface EvaluationObjectsOptions {
  /** Days before the simulated day on which it begins; their folders are there from the beginning. */
  readonly historyDays: number;
  /** The simulated time. Later days' folders come as it goes on. */
  readonly now: () => Date;
}

interface Folder {
  readonly run: EvaluationRun;
  readonly prefix: string;
  readonly modifiedAt: number;
  readonly complete: boolean;
}

const CACHED_FIELDS = 4;

/**
 * The folders that the evaluation of a fleet has written until now. `voltage-knee` writes gzip, `coulomb-count` plain text, both
 * 25,000 lines a part. A day's parts are there from 01:45, `_SUCCESS` from 02:00; four days in a hundred are evaluated again
 * three days later. Nothing is stored: a part is computed while it is read.
 */
export function createEvaluationObjects(fleet: Fleet, options: EvaluationObjectsOptions): EvaluationObjects {
  const seconds = (): number => worldSeconds(options.now());
  const firstDay = Math.floor(seconds() / DAY) * DAY - options.historyDays * DAY;
  const fieldOf = cachedFields(fleet);
  const bytesPerLine = evaluationLineBytes(fleet);
  const seedKey = hashText(fleet.settings.world.seed);

  const folderOf = (algorithm: Algorithm, day: number): Folder | null => {
    const time = seconds();
    if (day < firstDay || time < day + PARTS_WRITTEN) return null;
    const revision = revisionAt(seedKey, algorithm, day, time);
    const modifiedAt = day + PARTS_WRITTEN + revision * 3 * DAY;
    const run = { algorithm, day, revision };
    return { run, prefix: `${algorithm}/${isoDay(day)}/`, modifiedAt, complete: time >= day + FOLDER_COMPLETE };
  };
  const layoutOf = ({ run }: Folder, part: number): PartLayout | null => {
    const lines = Math.min(LINES_PER_PART, fieldOf(run.day).size - part * LINES_PER_PART);
    return lines <= 0 ? null : partLayout(lines, bytesPerLine, isCompressed(run.algorithm));
  };
  const facts = (folder: Folder, name: string, size: number): EvaluationObject => {
    const key = folder.prefix + name;
    const identity = JSON.stringify([fleet.settings, key, folder.run.revision]);
    const etag = createHash('md5').update(identity).digest('hex');
    return { key, size, etag, lastModified: new Date(folder.modifiedAt * 1000) };
  };

  function* objectsOf(folder: Folder): Generator<EvaluationObject> {
    if (folder.complete) yield facts(folder, '_SUCCESS', 0);
    for (let part = 0; ; part++) {
      const layout = layoutOf(folder, part);
      if (layout === null) return;
      yield facts(folder, partName(folder.run.algorithm, part), layout.size);
    }
  }
  function* read(folder: Folder, part: number, layout: PartLayout, [start, end]: [number, number]): Generator<Buffer> {
    const field = fieldOf(folder.run.day);
    const base = part * LINES_PER_PART;
    for (const { firstLine, endLine, from, to } of piecesOf(layout, start, end)) {
      let text = '';
      for (const site of field.sites(base + firstLine, base + endLine)) {
        text += evaluationLine(fleet, evaluationOf(site, folder.run));
      }
      const content = Buffer.from(text, 'latin1');
      yield (isCompressed(folder.run.algorithm) ? gzipMember(content) : content).subarray(from, to);
    }
  }

  return {
    *list(prefix, startAfter) {
      for (const algorithm of ALGORITHMS) {
        const last = Math.floor(seconds() / DAY) * DAY;
        for (let day = firstDay; day <= last; day += DAY) {
          const folder = folderOf(algorithm, day);
          // Keys are ASCII: their order is that of the texts. `~` comes after every name.
          if (folder === null || `${folder.prefix}~` <= startAfter || !touches(folder.prefix, prefix)) continue;
          for (const object of objectsOf(folder)) {
            if (object.key > startAfter && object.key.startsWith(prefix)) yield object;
          }
        }
      }
    },
    open(key) {
      const asked = readKey(key);
      const folder = asked === null ? null : folderOf(asked.algorithm, asked.day);
      if (asked === null || folder === null) return null;
      const { name } = asked;
      if (name === '_SUCCESS') {
        return folder.complete ? { ...facts(folder, name, 0), *read() {} } : null;
      }
      const part = Number(name.slice(5, 10));
      const layout = layoutOf(folder, part);
      if (layout === null || name !== partName(folder.run.algorithm, part)) return null;
      return { ...facts(folder, name, layout.size), read: (start, end) => read(folder, part, layout, [start, end]) };
    },
  };
}

/** The fields of the days that were asked for last: listing asks day by day, reading for the same day again and again. */
function cachedFields(fleet: Fleet): (day: number) => Field {
  const fields = new Map<number, Field>();
  return (day) => {
    const field = fields.get(day) ?? fieldAt(fleet.world.roster, day + EVALUATION_BEGINS);
    fields.delete(day);
    fields.set(day, field);
    if (fields.size > CACHED_FIELDS) fields.delete(fields.keys().next().value ?? 0);
    return field;
  };
}

function isCompressed(algorithm: Algorithm): boolean {
  return algorithm === 'voltage-knee';
}

/** The name of a part in its folder. */
export function partName(algorithm: Algorithm, part: number): string {
  return `part-${String(part).padStart(5, '0')}.jsonl${isCompressed(algorithm) ? '.gz' : ''}`;
}

function touches(folderPrefix: string, prefix: string): boolean {
  return prefix.length <= folderPrefix.length ? folderPrefix.startsWith(prefix) : prefix.startsWith(folderPrefix);
}

function readKey(key: string): { algorithm: Algorithm; day: number; name: string } | null {
  const [algorithm = '', date = '', name = '', ...more] = key.split('/');
  const known = ALGORITHMS.find((each) => each === algorithm);
  const day = parseDay(date);
  return known === undefined || day === null || more.length > 0 ? null : { algorithm: known, day, name };
}
