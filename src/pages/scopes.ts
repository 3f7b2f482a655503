import type { Words } from '../i18n.ts'
import type { Interaction } from '../oidc/interactions.ts'
import { displayName } from './display.ts'
import type { ScopeView } from './page-locals.ts'

const ICONS: Readonly<Record<string, string>> = {
  openid: 'card',
  profile: 'person',
  email: 'mail',
  roles: 'badge',
  offline_access: 'clock',
}

/** `orders:read` reads orders, as far as a name can tell. */
const generic = (scope: string, { t }: Words): string => {
  const [, thing = scope, verb = 'use'] = /^([\w.-]+):(read|write)$/.exec(scope) ?? []
  return t(`permission.${verb}`, { thing: displayName(thing) })
}

const hostOf = (identifier: string): string =>
  URL.canParse(identifier) ? new URL(identifier).host : displayName(identifier)

/** Everything that is asked for, in words: what a person shares first, then what happens at APIs. */
export const scopeViews = (
  { scopes, resources }: Pick<Interaction, 'scopes' | 'resources'>,
  words: Words,
): ScopeView[] => {
  const { t, has } = words
  const own = scopes.map((scope) => ({
    scope,
    icon: ICONS[scope] ?? 'key',
    summary: has(`scope.${scope}`) ? t(`scope.${scope}`) : generic(scope, words),
    more: has(`scopeMore.${scope}`) ? t(`scopeMore.${scope}`) : '',
    permission: undefined,
  }))
  const atApis = resources.flatMap(({ identifier, name, scopes: permissions }) =>
    permissions.map((scope) => ({
      scope,
      icon: 'key',
      summary: has(`scope.${scope}`) ? t(`scope.${scope}`) : generic(scope, words),
      more: t('permission.from', { resource: displayName(name), host: hostOf(identifier) }),
      permission: scope,
    })),
  )
  return [...own, ...atApis]
}
