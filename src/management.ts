import { createServer, type Server, type ServerResponse } from 'node:http'
import { answerJson, type Part, pathOf } from './http/part.ts'

export interface ManagementParts {
  health: Part
  /** The text that Prometheus reads. */
  render(): Promise<{ body: string; contentType: string }>
}

const answerMetrics = async (response: ServerResponse, render: ManagementParts['render']): Promise<void> => {
  const { body, contentType } = await render()
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
  response.end(body)
}

/** What operators read, on a port of its own that only this machine reaches: health, and `/metrics`. */
export const management = ({ health, render }: ManagementParts): Server =>
  createServer((request, response) => {
    if (health(request, response)) return
    if (request.method === 'GET' && pathOf(request) === '/metrics') {
      answerMetrics(response, render).catch(() => response.destroy())
      return
    }
    answerJson(response, 404, { error: 'not_found' })
  })
