/** Calls of the server's API. Refusals come as RFC 9457 problems, with words for people. */
import { language } from '$lib/i18n/index.svelte.ts';

const TIMEOUT_MS = 20_000;

/** A refusal: `code` is stable, `message` is for people in their language. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field: string | undefined) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Sends JSON, or a form as it is, with headers of its own where a call needs them; gives the JSON answered, or `undefined` for an empty answer. */
export async function call<T>(method: Method, path: string, body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers = new Headers({ ...more, accept: 'application/json', 'accept-language': language() === 'en' ? 'en' : 'ja' });
  const request: RequestInit = { method, headers, credentials: 'same-origin', signal: AbortSignal.timeout(TIMEOUT_MS) };
  if (body instanceof FormData || body instanceof Blob) request.body = body;
  else if (body !== undefined) {
    headers.set('content-type', 'application/json');
    request.body = JSON.stringify(body);
  }
  const answer = await fetch(path, request);
  if (!answer.ok) throw await refusal(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function refusal(answer: Response): Promise<Refused> {
  try {
    const problem = (await answer.json()) as { code?: string; detail?: string; title?: string; field?: string };
    return new Refused(answer.status, problem.code ?? 'unknown', problem.detail ?? problem.title ?? String(answer.status), problem.field);
  } catch {
    return new Refused(answer.status, 'unknown', String(answer.status), undefined);
  }
}
