import type { Metadata } from '@grpc/grpc-js'

/** What a method learns about its call. */
export interface Calling {
  metadata: Metadata
  /** False once the caller has gone or its deadline has passed: then nothing more has to be done. */
  isWanted(): boolean
}

/**
 * One unary method: the answer to a message that nobody has looked at yet.
 *
 * @throws CallRefusal, or a Refusal
 */
export type Method = (message: unknown, calling: Calling) => Promise<object>
