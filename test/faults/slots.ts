import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

/** Slots that move, all of the first node at first: one in sixteen. */
const SLOTS = Array.from({ length: 1_024 }, (_, slot) => slot)
/** Milliseconds in which they are open: what is not there any more is asked for at the next node. */
const OPEN = 300

const pipelined = async (node: Redis, commands: (readonly (string | number)[])[]): Promise<void> => {
  const pipeline = node.pipeline()
  for (const [name = '', ...args] of commands) pipeline.call(String(name), ...args)
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

const setSlots = (node: Redis, ...state: string[]): Promise<void> =>
  pipelined(
    node,
    SLOTS.map((slot) => ['CLUSTER', 'SETSLOT', slot, ...state]),
  )

/** Moves the keys of a slot, and those that come meanwhile. */
const moveKeys = async (from: Redis, to: Redis, slot: number): Promise<void> => {
  for (;;) {
    const keys = await from.cluster('GETKEYSINSLOT', slot, 100)
    if (keys.length === 0) return
    await from.call('MIGRATE', '127.0.0.1', to.options.port ?? 0, '', 0, 5_000, 'KEYS', ...keys)
  }
}

/**
 * Moves slots with their keys from one node of a Redis Cluster to the next (Redis Cluster specification, "Live
 * reconfiguration").
 *
 * @param moves that there were before, which says where the slots are
 */
export const moveSlots = async (nodes: Redis[], moves: number): Promise<void> => {
  const [from, to] = [nodes[moves % nodes.length], nodes[(moves + 1) % nodes.length]]
  if (!from || !to) throw new Error('no nodes')
  const [fromId, toId] = await Promise.all([from, to].map(async (node) => String(await node.cluster('MYID'))))
  await setSlots(to, 'IMPORTING', fromId ?? '')
  await setSlots(from, 'MIGRATING', toId ?? '')
  await sleep(OPEN)
  for (const slot of SLOTS) await moveKeys(from, to, slot)
  // The new owner first: no moment without one.
  for (const node of [to, ...nodes.filter((one) => one !== to)]) await setSlots(node, 'NODE', toId ?? '')
}

/** The kinds of errors that the nodes have answered. */
export const errorsSaid = async (nodes: Redis[]): Promise<Set<string>> => {
  const infos = await Promise.all(nodes.map((node) => node.info('errorstats')))
  return new Set(
    infos.flatMap((info) => [...info.matchAll(/^errorstat_(\w+):/gm)].map(([, kind = '']) => kind)),
  )
}
