/** Hashes that cost nothing, and limits that no crowd of a test meets. */
export const forCrowds = {
  ARGON2_MEMORY: '128',
  ARGON2_TIME: '1',
  HASH_QUEUE: '10000',
  LIMIT_REGISTRATION_PREFIX: '1000000',
  LIMIT_SIGN_IN_ACCOUNT_PREFIX: '1000000',
  LIMIT_SIGN_IN_ACCOUNT: '1000000',
  LIMIT_SIGN_IN_PREFIX: '1000000',
}

/** Whether this is a run of the long proofs. */
export const isLong = process.env.LONG === '1'
