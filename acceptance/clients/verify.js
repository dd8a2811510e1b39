// Services that check ID tokens by the key set of the server: jose, openid-client, aws-jwt-verify.
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { JwtVerifier } from 'aws-jwt-verify'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { server } from './scenario.js'

const token = process.env.ID_TOKEN
const issuer = process.env.COMANDA_TOKEN_ISSUER
const clientId = process.env.COMANDA_CLIENT_ID

// jose: the key set has a fixed place below the issuer.
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))
const { payload } = await jwtVerify(token, keys, { issuer, audience: clientId, algorithms: ['RS256'] })
assert.equal(payload.token_use, 'id')

// openid-client: everything is found by discovery.
const options = issuer.startsWith('http:') ? { execute: [openid.allowInsecureRequests] } : undefined
const config = await openid.discovery(new URL(issuer), clientId, undefined, undefined, options)
const { jwks_uri } = config.serverMetadata()
const discovered = createRemoteJWKSet(new URL(jwks_uri))
assert.equal((await jwtVerify(token, discovered, { issuer, audience: clientId })).payload.sub, payload.sub)

// aws-jwt-verify: its CognitoJwtVerifier takes pools on AWS only, its JwtVerifier any issuer. It fetches
// by https; a cache with another fetcher also by http.
const jwksCache = new SimpleJwksCache({ fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() } })
const verifier = JwtVerifier.create({ issuer, audience: clientId, jwksUri: `${issuer}/.well-known/jwks.json` }, { jwksCache })
assert.equal((await verifier.verify(token)).sub, payload.sub)

const forged = token.slice(0, -6) + 'AAAAAA'
for (const refused of [
  () => jwtVerify(token, keys, { issuer, audience: 'another' }),
  () => jwtVerify(forged, keys, { issuer, audience: clientId }),
  () => jwtVerify(token, keys, { issuer: `${server.url}/another`, audience: clientId }),
  () => verifier.verify(forged),
]) await assert.rejects(refused())

console.log(JSON.stringify({ email: payload.email }))
