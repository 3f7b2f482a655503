import type { Page } from './browserless.ts'
import { descendants, type Element, textOf } from './html.ts'

/** A form about to be submitted: its element, its controls wherever they stand, and the button that was pressed. */
export interface PressedForm {
  form: Element
  controls: Element[]
  button: Element
}

const CONTROLS = new Set(['input', 'button', 'select', 'textarea'])

const ancestor = (node: Element, tag: string): Element | undefined =>
  !node.parent ? undefined : node.parent.tag === tag ? node.parent : ancestor(node.parent, tag)

/** The form that owns a control: by its `form` attribute, else the one around it (HTML §4.10.17.3). */
const ownerOf = (control: Element, forms: Element[]): Element | undefined =>
  control.attributes.form === undefined
    ? ancestor(control, 'form')
    : forms.find(({ attributes }) => attributes.id === control.attributes.form)

/**
 * Finds a button and its form.
 *
 * @throws Error that names the page when there is no such button, or it has no form
 */
export const formOf = (page: Page, selector: string): PressedForm => {
  const [button] = page.select(selector)
  const where = `on ${page.url} (${page.status}): ${page.text('body').slice(0, 300)}`
  if (!button) throw new Error(`No ${selector} ${where}`)
  const forms = page.select('form')
  const form = ownerOf(button, forms)
  if (!form) throw new Error(`${selector} has no form ${where}`)
  const controls = [...CONTROLS]
    .flatMap((tag) => page.select(tag))
    .filter((node) => ownerOf(node, forms) === form)
  return { form, controls, button }
}

const isSent = (control: Element, button: Element): boolean => {
  const { name, type = '', disabled, checked } = control.attributes
  if (!name || disabled !== undefined) return false
  if (control.tag === 'button' || ['submit', 'image', 'reset', 'button'].includes(type))
    return control === button
  return !['checkbox', 'radio'].includes(type) || checked !== undefined
}

const initialValue = (control: Element): string => {
  if (control.tag === 'textarea') return control.children[0]?.value ?? ''
  if (control.tag !== 'select')
    return control.attributes.value ?? (control.attributes.type === 'checkbox' ? 'on' : '')
  const choices = [...descendants(control)].filter(({ tag }) => tag === 'option')
  const chosen = choices.find(({ attributes }) => attributes.selected !== undefined) ?? choices[0]
  return chosen?.attributes.value ?? (chosen ? textOf(chosen) : '')
}

/**
 * The request of a submission (HTML §4.10.21.3), url-encoded.
 *
 * @param values replaces what the page holds, by field name; checks and selects by giving the value
 * @throws Error if the form has no field of such a name
 */
export const submission = (
  { form, controls, button }: PressedForm,
  pageUrl: string,
  values: Record<string, string>,
): { method: 'GET' | 'POST'; url: URL; body: string | undefined } => {
  const fields = new URLSearchParams()
  for (const control of controls.filter((candidate) => isSent(candidate, button))) {
    fields.append(control.attributes.name ?? '', initialValue(control))
  }
  for (const [name, value] of Object.entries(values)) {
    if (!controls.some(({ attributes }) => attributes.name === name)) {
      throw new Error(`The form ${form.attributes.action ?? ''} on ${pageUrl} has no field ${name}`)
    }
    fields.set(name, value)
  }
  const url = new URL(button.attributes.formaction ?? form.attributes.action ?? pageUrl, pageUrl)
  const method = (button.attributes.formmethod ?? form.attributes.method ?? 'get').toLowerCase()
  if (method === 'post') return { method: 'POST', url, body: fields.toString() }
  url.search = fields.toString()
  return { method: 'GET', url, body: undefined }
}
