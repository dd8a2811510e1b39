// Services that check ID tokens by the key set of the server: jose, openid-client, aws-jwt-verify.
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { JwtVerifier } from 'aws-jwt-verify'
import { server } from './scenario.js'

const token = process.env.ID_TOKEN

// jose: the key set has a fixed place below the issuer.
const keys = createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`))
const { payload } = await jwtVerify(token, keys, { issuer: server.issuer, audience: server.clientId, algorithms: ['RS256'] })
assert.equal(payload.token_use, 'id')

// openid-client: everything is found by discovery.
const config = await openid.discovery(new URL(server.issuer), server.clientId, undefined, undefined, { execute: [openid.allowInsecureRequests] })
const found = config.serverMetadata()
assert.equal(found.issuer, server.issuer)
const discovered = createRemoteJWKSet(new URL(found.jwks_uri))
assert.equal((await jwtVerify(token, discovered, { issuer: found.issuer, audience: server.clientId })).payload.sub, payload.sub)

// aws-jwt-verify: its CognitoJwtVerifier expects the hosts of AWS, its JwtVerifier any issuer.
const response = await fetch(found.jwks_uri)
const verifier = JwtVerifier.create({ issuer: server.issuer, audience: server.clientId, jwksUri: found.jwks_uri.replace('http:', 'https:') })
verifier.cacheJwks(await response.json()) // it fetches by https only; here there is none
assert.equal((await verifier.verify(token)).sub, payload.sub)

for (const verify of [
  (t) => jwtVerify(t, keys, { issuer: server.issuer, audience: 'another' }),
  (t) => jwtVerify(t.slice(0, -6) + 'AAAAAA', keys, { issuer: server.issuer, audience: server.clientId }),
  (t) => verifier.verify(t.slice(0, -6) + 'AAAAAA'),
]) await assert.rejects(verify(token))

console.log(JSON.stringify({ email: payload.email }))
