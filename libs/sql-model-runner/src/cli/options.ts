import type { IndirectSelection } from '../graph/selector.ts';

/** What the command line needs of the process around it. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working folder. */
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Options that all verbs take. */
export interface CommandOptions {
  readonly projectDir?: string;
  readonly profilesDir?: string;
  readonly profile?: string;
  readonly target?: string;
  readonly targetSchema?: string;
  readonly targetPath?: string;
  readonly select?: readonly string[];
  readonly models?: readonly string[];
  readonly exclude?: readonly string[];
  readonly fullRefresh: boolean;
  readonly partialParse?: boolean;
  readonly threads?: number;
  readonly vars?: string;
  readonly role?: string;
  readonly logFormat: string;
  readonly quiet: boolean;
  readonly selector?: string;
  readonly indirectSelection?: IndirectSelection;
  readonly resourceType?: readonly string[];
  readonly excludeResourceType?: readonly string[];
  readonly state?: string;
  readonly deferState?: string;
  readonly defer?: boolean;
  readonly favorState?: boolean;
  readonly empty?: boolean;
  readonly failFast?: boolean;
  readonly storeFailures?: boolean;
  readonly warnError?: boolean;
  readonly eventTimeStart?: string;
  readonly eventTimeEnd?: string;
  readonly writeJson?: boolean;
  readonly inline?: string;
}

/** `--select` and its older name together. */
export function selectionOf(options: CommandOptions): readonly string[] {
  return [...(options.select ?? []), ...(options.models ?? [])];
}
