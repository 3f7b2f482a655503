/** An HTML element as far as a reader of forms and messages needs it. Text nodes have the tag `#text`. */
export interface Element {
  tag: string
  attributes: Record<string, string>
  children: Element[]
  parent: Element | undefined
  /** Own text of a `#text` node, entities decoded. */
  value: string
}

const VOID = new Set('area base br col embed hr img input link meta param path source track wbr'.split(' '))
// The text of these is not markup (HTML §13.1.2, raw text and escapable raw text).
const RAW = new Set(['script', 'style', 'textarea', 'title'])
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

const decode = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal) return String.fromCodePoint(Number(decimal))
    return NAMED[name] ?? whole
  })

const attributesOf = (source: string): Record<string, string> => {
  const attributes: Record<string, string> = {}
  for (const [, name = '', double, single, bare] of source.matchAll(
    /([^\s=/"'<>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g,
  )) {
    attributes[name.toLowerCase()] ??= decode(double ?? single ?? bare ?? '')
  }
  return attributes
}

const element = (tag: string, parent: Element | undefined, value = ''): Element => {
  const node: Element = { tag, attributes: {}, children: [], parent, value }
  parent?.children.push(node)
  return node
}

const TOKEN = /<!--[\s\S]*?-->|<!doctype[^>]*>|<(\/?)([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|[^<]+|</gi

/**
 * Reads well-formed HTML, such as our pages are, into a tree. A closing tag without its opening one is dropped.
 *
 * @param source the document
 * @returns the root, whose tag is `#document`
 */
export const parseHtml = (source: string): Element => {
  const root = element('#document', undefined)
  let open = root
  const tokens = new RegExp(TOKEN)
  for (let token = tokens.exec(source); token; token = tokens.exec(source)) {
    const [text, slash, name, rest = ''] = token
    if (!name) {
      if (!text.startsWith('<!')) element('#text', open, decode(text))
      continue
    }
    const tag = name.toLowerCase()
    if (slash) {
      open = closed(open, tag)
      continue
    }
    const node = element(tag, open)
    node.attributes = attributesOf(rest)
    if (RAW.has(tag)) {
      const end = source.toLowerCase().indexOf(`</${tag}`, tokens.lastIndex)
      const stop = end < 0 ? source.length : end
      element('#text', node, decode(source.slice(tokens.lastIndex, stop)))
      tokens.lastIndex = stop
    }
    if (!VOID.has(tag) && !rest.endsWith('/')) open = node
  }
  return root
}

const closed = (open: Element, tag: string): Element => {
  for (let node: Element | undefined = open; node; node = node.parent) {
    if (node.tag === tag) return node.parent ?? node
  }
  return open
}

/** All elements below `root`, in document order. */
export const descendants = function* (root: Element): Generator<Element> {
  for (const child of root.children) {
    yield child
    yield* descendants(child)
  }
}

/** The text of an element with white space collapsed, as a person reads it. */
export const textOf = (root: Element): string => {
  const parts: string[] = root.tag === '#text' ? [root.value] : []
  for (const node of descendants(root)) {
    if (node.tag === '#text' && node.parent && !['script', 'style'].includes(node.parent.tag)) {
      parts.push(node.value)
    }
  }
  return parts.join('').replace(/\s+/g, ' ').trim()
}

const SELECTOR = /^([a-z][\w-]*)?(#[\w.-]+)?((?:\[[\w-]+(?:=[^\]]*)?\])*)$/i

const matcher = (selector: string): ((node: Element) => boolean) => {
  const parts = SELECTOR.exec(selector)
  if (!parts) throw new Error(`The selector "${selector}" is not of the form tag#id[name=value]`)
  const [, tag, id, attributes = ''] = parts
  const wanted = [...attributes.matchAll(/\[([\w-]+)(?:=["']?([^\]"']*)["']?)?\]/g)]
  return (node) =>
    (!tag || node.tag === tag.toLowerCase()) &&
    (!id || node.attributes.id === id.slice(1)) &&
    wanted.every(([, name = '', value]) =>
      value === undefined ? name in node.attributes : node.attributes[name] === value,
    )
}

/**
 * Finds elements in document order.
 *
 * @param selector one compound selector: `tag`, `#id`, `[name]`, `[name=value]`, or them together without spaces
 * @throws Error if the selector is anything else
 */
export const select = (root: Element, selector: string): Element[] => {
  const matches = matcher(selector)
  return [...descendants(root)].filter((node) => node.tag !== '#text' && matches(node))
}
