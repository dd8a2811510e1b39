// A page of another origin: jsdom's XMLHttpRequest keeps to the rules of CORS, and fetch is made of it.
import { JSDOM } from 'jsdom'

const { window } = new JSDOM('', { url: process.env.PAGE_URL, pretendToBeVisual: true })
for (const name of ['window', 'document', 'localStorage', 'sessionStorage', 'XMLHttpRequest', 'self']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' || name === 'self' ? window : window[name], configurable: true, writable: true })
}
for (const name of ['fetch', 'Headers', 'Request', 'Response']) {
  delete globalThis[name]
  delete window[name]
}
globalThis.self = globalThis // where the fetch of XMLHttpRequest puts itself
await import('whatwg-fetch')
for (const name of ['fetch', 'Headers', 'Request', 'Response']) window[name] = globalThis[name]
window.crypto ??= globalThis.crypto
