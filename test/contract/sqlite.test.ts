import { openTestStore } from '../store/sqlite/data-dir.ts'
import { describeStore } from './describe-store.ts'

describeStore('sqlite', (now) => openTestStore({ now }))
