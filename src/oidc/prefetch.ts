import type { AdapterPayload } from 'oidc-provider'
import type { Artifact } from '../domain/ports.ts'
import type { KeyedParts } from './adapter-parts.ts'
import { requestState } from './request-state.ts'

const nameOf = (model: string, key: string): string => `${model} ${key}`

/**
 * The engine looks at a token, then at its session, then at its grant, and each look is a round trip. The token names
 * both, so they are asked for at once, as soon as the token is there.
 */
export const prefetchOf = (payload: AdapterPayload, { artifacts, keyOf }: KeyedParts): void => {
  const state = requestState()
  if (!state) return
  const ask = (model: string, id: string): void => {
    const key = keyOf(id)
    const answer = artifacts.find(model, key)
    // Nobody may want it; who does sees why it failed.
    answer.catch(() => undefined)
    state.prefetched.set(nameOf(model, key), answer)
  }
  if (payload.expiresWithSession && payload.sessionUid !== undefined) ask('Session', payload.sessionUid)
  if (payload.grantId !== undefined) ask('Grant', payload.grantId)
}

/** What was asked for before, once; else what the store says now. */
export const findArtifact = (
  model: string,
  key: string,
  { artifacts }: KeyedParts,
): Promise<Artifact | undefined> => {
  const prefetched = requestState()?.prefetched
  const name = nameOf(model, key)
  const answer = prefetched?.get(name)
  prefetched?.delete(name)
  return answer ?? artifacts.find(model, key)
}
