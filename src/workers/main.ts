import { enableCompileCache } from 'node:module'

enableCompileCache()
const { work } = await import('./worker.ts')
await work()
