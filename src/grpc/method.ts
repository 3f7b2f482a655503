import type { Metadata } from '@grpc/grpc-js'

/** What a method learns about its call. */
export interface Calling {
  metadata: Metadata
  /** False once the caller has gone or its deadline has passed: then nothing more has to be done. */
  isWanted(): boolean
}

/**
 * A message that nobody has looked at yet: decoded when it is asked for, once it is known who calls. Until then many wait as
 * bytes, not as objects.
 *
 * @throws CallRefusal INVALID_ARGUMENT for bytes that are none
 */
export type Message = () => unknown

/**
 * One unary method: the answer to a message.
 *
 * @throws CallRefusal, or a Refusal
 */
export type Method = (message: Message, calling: Calling) => Promise<object>
