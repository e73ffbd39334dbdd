/** What can go wrong with a request: a problem the API describes (RFC 9457), or no answer at all. */
import { problem, type Problem } from '@tidegate/wire/rest';

/** The API answered and refused. `code` is machine-readable (a RefusalCode for orders). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Nothing came back, or what came back can't be read: the request may or may not have been carried out. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/**
 * The problem in an error answer. A 502, 503 or 504 without a problem body comes from a proxy between us:
 * it says nothing of whether the request was carried out, so it is `NoAnswer`.
 */
export function problemOf(status: number, body: unknown): ApiProblem | NoAnswer {
  const parsed = problem.partial().safeParse(body);
  const known: Partial<Problem> = parsed.success ? parsed.data : {};
  if (known.code !== undefined)
    return new ApiProblem(status, known.code, known.detail ?? known.title ?? known.code);
  if (status >= 502 && status <= 504) return new NoAnswer(`The gateway answered ${status}`);
  return new ApiProblem(
    status,
    `HTTP_${status}`,
    known.detail ?? known.title ?? `The API answered ${status}`,
  );
}

/** One line for people. */
export function problemText(error: unknown): string {
  if (error instanceof ApiProblem) return error.message;
  if (error instanceof NoAnswer) return 'No answer from the API. Check the connection and try again.';
  return error instanceof Error ? error.message : String(error);
}
