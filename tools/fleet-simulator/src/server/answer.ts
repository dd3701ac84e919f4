import type { JsonObject } from '../documents/json.ts';

/** What a shard is about to send. */
export interface Answer {
  readonly status: number;
  readonly contentType: 'application/json' | 'application/problem+json' | 'text/html; charset=utf-8';
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Cut the connection in the middle of the body. */
  readonly cut?: boolean;
}

/** A 200 with a JSON document, which may be printed already. */
export function jsonAnswer(document: JsonObject | Buffer): Answer {
  const body = Buffer.isBuffer(document) ? document : JSON.stringify(document);
  return { status: 200, contentType: 'application/json', body };
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** A problem document (RFC 9457). */
export function problemAnswer(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail });
  return { status, contentType: 'application/problem+json', body, headers };
}

/** The page of the proxy in front of a shard. */
export function gatewayAnswer(status: number, detail: string): Answer {
  const title = `${status} ${TITLES[status] ?? 'Error'}`;
  const body = `<html>\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${detail}</p></body>\n</html>\n`;
  return { status, contentType: 'text/html; charset=utf-8', body };
}
