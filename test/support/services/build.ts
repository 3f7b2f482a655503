import { buildMongoServer } from './mongo-build.ts'

// Builds what the tests would build when they first need it: a program of its own, for CI.
await buildMongoServer()
