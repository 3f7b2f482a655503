import { MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'

/** https://www.mongodb.com/docs/manual/reference/error-codes/ */
const code = {
  userNotFound: 11,
  unauthorized: 13,
  authenticationFailed: 18,
  /** Of MongoDB Atlas, for a user or password that it does not know. */
  atlas: 8000,
  duplicateKey: 11000,
} as const

const SOCKET_FAULT = /^(EPIPE|ECONN[A-Z]+|ETIMEDOUT|E(HOST|NET)UNREACH|ERR_(STREAM|SOCKET)_[A-Z_]+)$/

/** The driver lets it through as it is when a connection ends between being chosen and being written to. */
const isSocketFault = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && SOCKET_FAULT.test(error.code)

/** What the driver throws: the server cannot be reached, does not answer in time, or refuses. */
export const isMongoFault = (error: unknown): boolean => error instanceof MongoError || isSocketFault(error)

/** The server was there and is not now, or not in time. */
export const isConnectionFault = (error: unknown): boolean =>
  error instanceof MongoNetworkError || error instanceof MongoServerSelectionError || isSocketFault(error)

/** A unique index has refused the write. Servers differ in everything else about this error. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === code.duplicateKey

/** No later try can do better. */
export const isSignInRefused = (error: unknown): boolean =>
  error instanceof MongoServerError &&
  [code.userNotFound, code.unauthorized, code.authenticationFailed, code.atlas].some(
    (one) => one === error.code,
  )
