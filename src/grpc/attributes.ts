import type { Given } from '../domain/access/inquiry.ts'

type Scalar = string | number | boolean

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Of a google.protobuf.Value; undefined for an object, a list and null. */
const scalarOf = (value: unknown): Scalar | undefined => {
  if (!isObject(value)) return undefined
  if ('stringValue' in value && typeof value.stringValue === 'string') return value.stringValue
  if ('boolValue' in value && typeof value.boolValue === 'boolean') return value.boolValue
  const number = 'numberValue' in value ? value.numberValue : undefined
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Undefined where it holds anything but scalars. */
const listOf = (value: unknown): Scalar[] | undefined => {
  const list = isObject(value) && 'listValue' in value ? value.listValue : undefined
  const values = isObject(list) && 'values' in list ? list.values : undefined
  if (!Array.isArray(values)) return undefined
  const scalars = values.map(scalarOf).filter((each) => each !== undefined)
  return scalars.length === values.length ? scalars : undefined
}

/** A google.protobuf.Struct, without what no condition can read: so nothing here goes deep. */
export const attributesOf = (struct: unknown): Given => {
  const fields = isObject(struct) && 'fields' in struct ? struct.fields : undefined
  if (!isObject(fields)) return {}
  const read = Object.entries(fields).map(
    ([name, value]) => [name, scalarOf(value) ?? listOf(value)] as const,
  )
  return Object.fromEntries(read.filter(([, value]) => value !== undefined))
}
