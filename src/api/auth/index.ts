import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { me } from './me.ts'
import { refresh } from './refresh.ts'
import { register } from './register.ts'

/** The REST API for first-party services, in the order of its documentation. */
export const authOperations = (parts: AuthParts): readonly Operation[] => [
  register(parts),
  login(parts),
  me(parts),
  refresh(parts),
  logout(parts),
]
