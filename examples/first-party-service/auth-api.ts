// Made by scripts/auth-client-types.ts from the OpenAPI document of a server; not to be edited.

/** What each call takes and answers, by its `operationId`. */
export interface Operations {
  /** Register an account; signing in is the next step */
  register: {
    params: undefined
    body: { email: string; password: string; name?: string }
    success: { sub: string; email: string; email_verified: boolean; name?: string }
    problem: {
      code:
        | 'bad_request'
        | 'registration_closed'
        | 'email_taken'
        | 'too_large'
        | 'unsupported_media_type'
        | 'invalid_fields'
        | 'too_many_attempts'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Sign in with e-mail address and password */
  login: {
    params: undefined
    body: { email: string; password: string }
    success: {
      access_token: string
      token_type: 'Bearer'
      expires_in: number
      refresh_token: string
      scope: string
    }
    problem:
      | {
          code:
            | 'bad_request'
            | 'wrong_credentials'
            | 'deletion_pending'
            | 'too_large'
            | 'unsupported_media_type'
            | 'too_many_attempts'
            | 'internal'
            | 'busy'
            | 'store_unavailable'
        }
      | { code: 'mfa_required'; challenge: string; methods: ('totp' | 'recovery_code')[] }
      | { code: 'mfa_enrolment_required'; enrolment_uri: string }
  }
  /** Finish a sign-in that wants a second factor, with a code of the app or a recovery code */
  loginMfa: {
    params: undefined
    body: { challenge: string; code: string }
    success: {
      access_token: string
      token_type: 'Bearer'
      expires_in: number
      refresh_token: string
      scope: string
    }
    problem: {
      code:
        | 'bad_request'
        | 'wrong_code'
        | 'invalid_challenge'
        | 'deletion_pending'
        | 'too_large'
        | 'unsupported_media_type'
        | 'too_many_attempts'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** The account that the access token is for, with its roles and permissions as they are now */
  me: {
    params: undefined
    body: undefined
    success: {
      sub: string
      email: string
      email_verified: boolean
      name?: string
      roles: string[]
      permissions: Record<string, string[]>
      assignments: { role: string; on?: { type: string; id: string }; until?: string; when?: unknown }[]
    }
    problem: { code: 'invalid_token' | 'internal' | 'busy' | 'store_unavailable' }
  }
  /** Exchange a refresh token for new tokens; a repetition within the grace gets the same ones */
  refresh: {
    params: undefined
    body: { refresh_token: string }
    success: {
      access_token: string
      token_type: 'Bearer'
      expires_in: number
      refresh_token: string
      scope: string
    }
    problem: {
      code:
        | 'bad_request'
        | 'invalid_token'
        | 'too_large'
        | 'unsupported_media_type'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** End the sign-in: its refresh token is dead, and its access token is refused here */
  logout: {
    params: undefined
    body: { refresh_token: string }
    success: undefined
    problem: {
      code:
        | 'bad_request'
        | 'invalid_token'
        | 'too_large'
        | 'unsupported_media_type'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Send a link for a new password to the address, if it has an account */
  passwordForgot: {
    params: undefined
    body: { email: string }
    success: undefined
    problem: {
      code:
        | 'bad_request'
        | 'too_large'
        | 'unsupported_media_type'
        | 'invalid_fields'
        | 'too_many_attempts'
        | 'internal'
        | 'mail_unavailable'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Set a new password by the token of a letter; every sign-in from before has ended then */
  passwordReset: {
    params: undefined
    body: { token: string; password: string; email?: string }
    success: undefined
    problem: {
      code:
        | 'bad_request'
        | 'invalid_proof'
        | 'too_large'
        | 'unsupported_media_type'
        | 'invalid_fields'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Change the password; every sign-in from before has ended then, and the caller gets new tokens */
  passwordChange: {
    params: undefined
    body: { current_password: string; password: string }
    success: {
      access_token: string
      token_type: 'Bearer'
      expires_in: number
      refresh_token: string
      scope: string
    }
    problem: {
      code:
        | 'bad_request'
        | 'invalid_token'
        | 'wrong_credentials'
        | 'insufficient_user_authentication'
        | 'too_large'
        | 'unsupported_media_type'
        | 'invalid_fields'
        | 'too_many_attempts'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Prove an address by the token of a letter; the first proof ends every sign-in but the caller’s */
  emailVerify: {
    params: undefined
    body: { token: string; password?: string }
    success: undefined
    problem: {
      code:
        | 'bad_request'
        | 'invalid_proof'
        | 'invalid_token'
        | 'too_large'
        | 'unsupported_media_type'
        | 'invalid_fields'
        | 'internal'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Send the letter that proves an address once more, if the address waits for its proof */
  emailResend: {
    params: undefined
    body: { email?: string }
    success: undefined
    problem: {
      code:
        | 'bad_request'
        | 'invalid_token'
        | 'too_large'
        | 'unsupported_media_type'
        | 'invalid_fields'
        | 'too_many_attempts'
        | 'internal'
        | 'mail_unavailable'
        | 'busy'
        | 'store_unavailable'
    }
  }
  /** Where the person is signed in, in browsers and by this API, the newest first */
  sessions: {
    params: undefined
    body: undefined
    success: {
      sessions: {
        id: string
        kind: 'browser' | 'api'
        device: string
        device_kind: 'computer' | 'phone' | 'tablet' | 'program'
        address?: string
        started_at: string
        last_used_at: string
        current: boolean
      }[]
    }
    problem: { code: 'invalid_token' | 'internal' | 'busy' | 'store_unavailable' }
  }
  /** Sign out all sessions but the one that this call belongs to */
  deleteSessions: {
    params: undefined
    body: undefined
    success: undefined
    problem: { code: 'invalid_token' | 'internal' | 'busy' | 'store_unavailable' }
  }
  /** Sign out one session with everything that it gave to applications; also the own one */
  deleteSessionsById: {
    params: { id: string }
    body: undefined
    success: undefined
    problem: { code: 'invalid_token' | 'not_found' | 'internal' | 'busy' | 'store_unavailable' }
  }
}

export const calls = {
  register: { method: 'POST', path: '/auth/register', token: 'none' },
  login: { method: 'POST', path: '/auth/login', token: 'none' },
  loginMfa: { method: 'POST', path: '/auth/login/mfa', token: 'none' },
  me: { method: 'GET', path: '/auth/me', token: 'required' },
  refresh: { method: 'POST', path: '/auth/refresh', token: 'none' },
  logout: { method: 'POST', path: '/auth/logout', token: 'required' },
  passwordForgot: { method: 'POST', path: '/auth/password/forgot', token: 'none' },
  passwordReset: { method: 'POST', path: '/auth/password/reset', token: 'none' },
  passwordChange: { method: 'POST', path: '/auth/password/change', token: 'required' },
  emailVerify: { method: 'POST', path: '/auth/email/verify', token: 'optional' },
  emailResend: { method: 'POST', path: '/auth/email/resend', token: 'optional' },
  sessions: { method: 'GET', path: '/auth/sessions', token: 'required' },
  deleteSessions: { method: 'DELETE', path: '/auth/sessions', token: 'required' },
  deleteSessionsById: { method: 'DELETE', path: '/auth/sessions/{id}', token: 'required' },
} as const
