import { parentPort, workerData } from 'node:worker_threads'
import bcrypt from 'bcryptjs'
import type { BcryptQuestion } from './bcrypt.ts'

const { password, hash }: BcryptQuestion = workerData
parentPort?.postMessage(bcrypt.compareSync(password, hash))
