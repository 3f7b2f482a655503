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

const row = ([name, value, note]) => {
  const cell = make('td', {}, value)
  if (note) cell.append(make('span', {}, note))
  return make('tr', {}, make('th', { scope: 'row' }, name), cell)
}
const table = (rows) => make('table', {}, make('tbody', {}, ...rows.map(row)))

/** What a claim means, and when, if it is a time. */
const noteOf = ({ t, moment }, name, value) => {
  const isTime = ['exp', 'iat', 'nbf', 'auth_time'].includes(name) && typeof value === 'number'
  return [t(`claim.${name}`), isTime ? `${moment.format(value * 1000)} UTC` : undefined]
    .filter(Boolean)
    .join(': ')
}
const rowsOf = (words, members) =>
  Object.entries(members).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
    noteOf(words, name, value),
  ])
const partOf = (words, number, caption, members) =>
  figure(make('span', { class: `jwt-${number}` }, caption), undefined, table(rowsOf(words, members)))
const queryOf = (caption, { line, pairs }) =>
  figure(caption, undefined, make('pre', {}, line, ...pairsOf(pairs, '\n  ?', '\n  &')))

/** How each kind of record looks. */
const FIGURES = {
  kept: ({ t }, { pairs }) => {
    const lines = pairs.flatMap(([name, value]) => [make('b', {}, name), ` = ${shortened(value)}\n`])
    return figure(t('kept'), undefined, make('pre', {}, ...lines))
  },
  query: ({ t }, record) => queryOf(t('redirect'), record),
  callback: ({ t }, record) => queryOf(t('callback'), record),
  form: ({ t }, { line, headers, pairs }) => {
    const head = [line, ...headers.map(shortened)].join('\n')
    return figure(t('request'), undefined, make('pre', {}, head, ...pairsOf(pairs, '\n\n', '\n&')))
  },
  response: ({ t }, { status, reason, body, challenge }) => {
    const badge = { tone: status < 400 ? 'good' : 'bad', text: `${status} ${reason}`.trim() }
    const head = challenge ? [make('b', {}, 'www-authenticate'), `: ${challenge}\n\n`] : []
    const content = body === '' ? [t('empty')] : typeof body === 'string' ? [shortened(body)] : jsonOf(body)
    return figure(t('response'), badge, make('pre', {}, ...head, ...content))
  },
  command: ({ t }, { text }) => figure(t('command'), undefined, make('pre', {}, text)),
  token: ({ t }, { parts, isSigned }) => {
    const badge = isSigned ? { tone: 'good', text: t('signed') } : { tone: 'bad', text: t('unsigned') }
    const spans = parts.map((part, index) =>
      make('span', { class: `jwt jwt-${index + 1}` }, index < 2 ? `${part}.` : part),
    )
    return figure(t('raw'), badge, make('pre', {}, ...spans))
  },
  header: (words, { members }) => partOf(words, 1, words.t('header'), members),
  payload: (words, { members }) => partOf(words, 2, words.t('payload'), members),
  checks: ({ t }, { items }) => {
    const isGood = items.every(({ isRight }) => isRight)
    const badge = { tone: isGood ? 'good' : 'bad', text: isGood ? t('check.all') : t('check.some') }
    const verdict = (isRight) => (isRight ? t('check.right') : t('check.wrong'))
    const rows = items.map(({ name, isRight }) => [name, verdict(isRight), t(`check.${name}`)])
    return figure(t('checks'), badge, table(rows))
  },
}

const faultOf = (t, { code, text }) =>
  make(
    'div',
    { class: 'notice bad', 'data-error': code },
    make('strong', {}, code),
    make('p', {}, [t(`fault.${code}`), text].filter(Boolean).join(' ')),
  )

/** One step of the run: a numbered heading, then figures in pairs. */
const stepOf = (words, { name, note, error, figures }, number) => {
  const { t } = words
  const heading = make('h2', { tabindex: '-1' }, t(`step.${name}.title`))
  const about = make('div', {}, heading, make('p', { class: 'soft' }, t(`step.${name}.text`)))
  const tile = make('span', { class: 'tile', 'aria-hidden': 'true' }, String(number))
  const item = make('li', { class: 'step', 'data-step': name }, make('header', {}, tile, about))
  const shown = figures.map((record) => FIGURES[record.kind](words, record))
  if (error) item.append(faultOf(t, error))
  if (shown.length > 0) item.append(make('div', { class: 'pair' }, ...shown))
  if (note) item.append(make('p', { class: 'small soft' }, t(`note.${note}`)))
  return item
}

/**
 * @param {(key: string) => string | undefined} t a text of the catalogue
 * @param {string} locale for dates
 * @returns {{ step: (record: object, number: number) => HTMLElement }}
 */
export const view = (t, locale) => {
  const moment = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
    timeZone: 'UTC',
  })
  return { step: (record, number) => stepOf({ t, moment }, record, number) }
}
