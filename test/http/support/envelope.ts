import assert from 'node:assert/strict';
import * as v from 'valibot';
import { type ErrorCode, errorCodes } from '../../../src/domain/errors.ts';
import type { Answer } from './api.ts';

const EnvelopeSchema = v.strictObject({
  error: v.strictObject({
    code: v.picklist(errorCodes),
    message: v.pipe(v.string(), v.minLength(1)),
    details: v.record(v.string(), v.unknown()),
  }),
});

const FieldDetailsSchema = v.strictObject({ field: v.string(), issues: v.array(v.string()) });

/** The error in an answer that must be exactly an error envelope with this status and code. */
export function errorOf(answer: Answer, status: number, code: ErrorCode) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  const { error } = v.parse(EnvelopeSchema, answer.json);
  assert.equal(error.code, code, answer.text);
  return error;
}

/** A `validation_error` that names this field, in `details` and in words; gives all its issues. */
export function issuesOf(answer: Answer, field: string): string[] {
  const { message, details } = errorOf(answer, 400, 'validation_error');
  const { field: named, issues } = v.parse(FieldDetailsSchema, details);
  assert.equal(named, field, answer.text);
  assert.equal(issues[0], message);
  assert.ok(message.startsWith(`${field} `), message);
  return issues;
}
