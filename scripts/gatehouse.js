#!/usr/bin/env node
// Plain JavaScript for any Node: an old one would stop at TypeScript with an error that explains nothing.
const LEAST = 24
const { node } = process.versions

if (Number.parseInt(node, 10) >= LEAST) {
  import('../src/cli.ts')
} else {
  console.error(
    `Gatehouse needs Node.js ${LEAST} or newer, and this is ${node}.\n` +
      'On Linux and Windows `npm ci` brings one along: use `npm run gatehouse -- <command>` in its folder.\n' +
      `Elsewhere install Node.js ${LEAST} first.`,
  )
  process.exitCode = 1
}
