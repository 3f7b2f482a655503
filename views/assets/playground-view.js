// Turns the record of a run into elements. Everything that came over the wire goes in as text, never as markup.

const LONGEST = 72

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children)
  return node
}
const shortened = (value) => (value.length > LONGEST ? `${value.slice(0, LONGEST - 24)}…` : value)

const figure = (caption, badge, ...body) => {
  const title = make('figcaption', {}, caption)
  if (badge) title.append(make('span', { class: `badge ${badge.tone}` }, badge.text))
  return make('figure', { class: 'wire' }, title, ...body)
}

const pairsOf = (pairs, first, next) =>
  pairs.flatMap(([name, value], index) => [
    index === 0 ? first : next,
    make('b', {}, name),
    `=${shortened(value)}`,
  ])

const jsonOf = (body) =>
  JSON.stringify(body, (_, value) => (typeof value === 'string' ? shortened(value) : value), 2)
    .split(/("(?:[^"\\]|\\.)*")(?=: )/)
    .map((part, index) => (index % 2 ? make('b', {}, part) : part))

const table = (rows) =>
  make(
    'table',
    {},
    make(
      'tbody',
      {},
      ...rows.map(([name, value, note]) => {
        const cell = make('td', {}, value)
        if (note) cell.append(make('span', {}, note))
        return make('tr', {}, make('th', { scope: 'row' }, name), cell)
      }),
    ),
  )

/**
 * @param {(key: string, values?: object) => string | undefined} t a text of the catalogue
 * @param {string} locale for dates
 */
export const view = (t, locale) => {
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium', timeZone: 'UTC' })
  const noteOf = (name, value) => {
    const isTime = ['exp', 'iat', 'nbf', 'auth_time'].includes(name) && typeof value === 'number'
    return [t(`claim.${name}`), isTime ? `${moment.format(value * 1000)} UTC` : undefined]
      .filter(Boolean)
      .join(': ')
  }
  const rowsOf = (members) =>
    Object.entries(members).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
      noteOf(name, value),
    ])

  const figures = {
    kept: ({ pairs }) => {
      const lines = pairs.flatMap(([name, value]) => [make('b', {}, name), ` = ${shortened(value)}\n`])
      return figure(t('kept'), undefined, make('pre', {}, ...lines))
    },
    query: ({ line, pairs }) =>
      figure(t('redirect'), undefined, make('pre', {}, line, ...pairsOf(pairs, '\n  ?', '\n  &'))),
    callback: ({ line, pairs }) =>
      figure(t('callback'), undefined, make('pre', {}, line, ...pairsOf(pairs, '\n  ?', '\n  &'))),
    form: ({ line, headers, pairs }) => {
      const head = [line, ...headers.map(shortened)].join('\n')
      return figure(t('request'), undefined, make('pre', {}, head, ...pairsOf(pairs, '\n\n', '\n&')))
    },
    response: ({ status, reason, body, challenge }) => {
      const badge = { tone: status < 400 ? 'good' : 'bad', text: `${status} ${reason}`.trim() }
      const head = challenge ? [make('b', {}, 'www-authenticate'), `: ${challenge}\n\n`] : []
      const content = body === '' ? [t('empty')] : typeof body === 'string' ? [shortened(body)] : jsonOf(body)
      return figure(t('response'), badge, make('pre', {}, ...head, ...content))
    },
    command: ({ text }) => figure(t('command'), undefined, make('pre', {}, text)),
    token: ({ parts, isSigned }) => {
      const badge = isSigned ? { tone: 'good', text: t('signed') } : { tone: 'bad', text: t('unsigned') }
      const spans = parts.map((part, index) =>
        make('span', { class: `jwt jwt-${index + 1}` }, index < 2 ? `${part}.` : part),
      )
      return figure(t('raw'), badge, make('pre', {}, ...spans))
    },
    header: ({ members }) =>
      figure(make('span', { class: 'jwt-1' }, t('header')), undefined, table(rowsOf(members))),
    payload: ({ members }) =>
      figure(make('span', { class: 'jwt-2' }, t('payload')), undefined, table(rowsOf(members))),
    checks: ({ items }) => {
      const isGood = items.every(({ isRight }) => isRight)
      const badge = { tone: isGood ? 'good' : 'bad', text: isGood ? t('check.all') : t('check.some') }
      const rows = items.map(({ name, isRight }) => [
        name,
        isRight ? t('check.right') : t('check.wrong'),
        t(`check.${name}`),
      ])
      return figure(t('checks'), badge, table(rows))
    },
  }

  const fault = ({ code, text }) =>
    make(
      'div',
      { class: 'notice bad', 'data-error': code },
      make('strong', {}, code),
      make('p', {}, [t(`fault.${code}`), text].filter(Boolean).join(' ')),
    )

  /** One step of the run: a numbered heading, then figures in pairs. */
  const step = ({ name, note, error, figures: shown }, number) => {
    const words = make('p', { class: 'soft' }, t(`step.${name}.text`))
    const heading = make('h2', { tabindex: '-1' }, t(`step.${name}.title`))
    const item = make(
      'li',
      { class: 'step', 'data-step': name },
      make(
        'header',
        {},
        make('span', { class: 'tile', 'aria-hidden': 'true' }, String(number)),
        make('div', {}, heading, words),
      ),
    )
    if (error) item.append(fault(error))
    if (shown.length > 0)
      item.append(make('div', { class: 'pair' }, ...shown.map((one) => figures[one.kind](one))))
    if (note) item.append(make('p', { class: 'small soft' }, t(`note.${note}`)))
    return item
  }
  return { step }
}
