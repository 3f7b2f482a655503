import { enableCompileCache } from 'node:module'

// Compiled code of earlier starts: a third of the time to the first answer. Everything else loads after it.
enableCompileCache()
const { serve } = await import('./serve.ts')
await serve()
