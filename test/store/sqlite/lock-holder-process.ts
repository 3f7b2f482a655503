import { openStore } from '../../../src/store/index.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
await openStore({
  dataDir: process.argv[2] ?? '',
  role: 'server',
  now: Date.now,
  log: silent,
  metrics: { store: () => undefined },
})
process.stdout.write('holding\n')
setInterval(() => undefined, 60_000)
