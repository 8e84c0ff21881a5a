/** How every call to the recorder answers, so that the compiler asks for the sad path. */
export type Result<Value> = Success<Value> | Failure;

export interface Success<Value> {
  readonly ok: true;
  readonly value: Value;
}

export interface Failure {
  readonly ok: false;
  /** Stable; match on this. */
  readonly code: FailureCode;
  /** A sentence for people. */
  readonly message: string;
}

/** The recorder's own codes, and two that only a client can know. */
export type FailureCode =
  | 'invalid_input'
  | 'not_found'
  | 'in_use'
  /** It deletes footage; ask again with the confirmation. */
  | 'confirm'
  | 'unauthenticated'
  | 'forbidden'
  | 'unreachable'
  | 'unavailable'
  | 'disk_full'
  | 'damaged'
  | 'internal'
  /** The caller gave up; not worth telling anybody. */
  | 'aborted';

const recorderCodes: readonly FailureCode[] = [
  'invalid_input',
  'not_found',
  'in_use',
  'confirm',
  'unauthenticated',
  'forbidden',
  'unreachable',
  'unavailable',
  'disk_full',
  'damaged',
];

export const success = <Value>(value: Value): Success<Value> => ({ ok: true, value });

export const failure = (code: FailureCode, message: string): Failure => ({ ok: false, code, message });

/** Its sentences go on from something; here one stands alone. An address keeps its letters. */
export const sentence = (text: string): string =>
  text.replace(/^[a-z](?=[a-z’']*\s)/, (first) => first.toUpperCase());

/** Without the number that an operating system has for an error: it helps nobody who looks at cameras. */
export const withoutNumber = (text: string): string => text.replace(/ ?\(os error \d+\)/g, '');

/** The recorder's code, or what the status alone says where the answer was not the recorder's. */
export function failureCode(code: unknown, status: number): FailureCode {
  const known = recorderCodes.find((candidate) => candidate === code);
  if (known !== undefined) return known;
  if (status === 400) return 'invalid_input';
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'in_use';
  if (status === 502 || status === 503 || status === 504) return 'unavailable';
  if (status === 507) return 'disk_full';
  return 'internal';
}
