import type { Account } from './accounts.ts'

export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

const page = (body: string) =>
  `<!doctype html><html lang="en"><title>Lantern shop</title><h1>Lantern shop</h1>${body}</html>`

const credentials = (action: string, words: string) => `<h2>${words}</h2>
  <form method="post" action="${action}">
    <p><label>E-mail <input name="email" type="email" autocomplete="username" required></label></p>
    <p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
    <p><button id="submit-${action.slice(1)}">${words}</button></p>
  </form>`

const button = (action: string, id: string, words: string) =>
  `<form method="post" action="${action}"><button id="${id}">${words}</button></form>`

/** For somebody who is not signed in. */
export const entrance = (alert = '') =>
  page(`${alert && `<p role="alert">${escapeHtml(alert)}</p>`}
  ${button('/gatehouse', 'with-gatehouse', 'Sign in with Gatehouse')}
  ${credentials('/login', 'Sign in')}${credentials('/register', 'Create an account')}`)

/** For somebody who is. */
export const home = (account: Account, isLinked: boolean, alert = '') =>
  page(`${alert && `<p role="alert">${escapeHtml(alert)}</p>`}
  <p>Hello, <strong id="who">${escapeHtml(account.name)}</strong>. Customer <code id="account">${account.id}</code>.</p>
  ${isLinked ? '<p id="linked">You can sign in with Gatehouse.</p>' : button('/link', 'link', 'Connect Gatehouse')}
  ${button('/logout', 'sign-out', 'Sign out')}`)
