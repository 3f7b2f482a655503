import { expect } from 'vitest'
import type { Deployment } from '../support/deployment.ts'

const isReady = async (port: number): Promise<boolean> => {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
  await answer.arrayBuffer()
  return answer.ok
}

/** Waits until every process says that its stores answer; `patience` in milliseconds. */
export const untilReady = ({ processes }: Deployment, patience = 10_000): Promise<void> =>
  expect
    .poll(async () => (await Promise.all(processes.map(({ port }) => isReady(port)))).every(Boolean), {
      timeout: patience,
    })
    .toBe(true)
