import { readFileSync } from 'node:fs'

/** MiB of one process. */
export interface Memory {
  /** Resident, as the kernel counts it. */
  resident: number
  /** Used heap, as the process tells by its metrics. */
  heap: number
}

/** @param managementPort where the process shows its metrics */
export const memoryOf = async (pid: number, managementPort: number): Promise<Memory> => {
  const kernel = readFileSync(`/proc/${pid}/status`, 'utf8')
  const metrics = await (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text()
  return {
    resident: Number(/^VmRSS:\s+(\d+) kB$/m.exec(kernel)?.[1]) / 2 ** 10,
    heap: Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1]) / 2 ** 20,
  }
}
