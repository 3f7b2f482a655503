import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { resendProof } from './email/resend.ts'
import { verifyEmail } from './email/verify.ts'
import { login } from './login.ts'
import { loginMfa } from './login-mfa.ts'
import { logout } from './logout.ts'
import { me } from './me.ts'
import { changePassword } from './password/change.ts'
import { forgotPassword } from './password/forgot.ts'
import { resetPassword } from './password/reset.ts'
import { refresh } from './refresh.ts'
import { register } from './register.ts'
import { endOtherSessions, endSession } from './sessions/end.ts'
import { sessions } from './sessions/list.ts'

/** The REST API for first-party services, in the order of its documentation. */
export const authOperations = (parts: AuthParts): readonly Operation[] => [
  register(parts),
  login(parts),
  loginMfa(parts),
  me(parts),
  refresh(parts),
  logout(parts),
  forgotPassword(parts),
  resetPassword(parts),
  changePassword(parts),
  verifyEmail(parts),
  resendProof(parts),
  sessions(parts),
  endSession(parts),
  endOtherSessions(parts),
]
