// A relying party on openid-client, written as its documentation shows it, for what gov-high demands. It takes commands
// as high_program.py describes them. The management of a registration (RFC 7592) has no call of its own there: it is
// done with the library's call for protected resources.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";
import * as undici from "undici";

const told = JSON.parse(process.argv[2] ?? process.argv[1]);
const issuer = new URL(told.issuer);
const method = told.token_endpoint_auth_method;

const keys = await generateKeyPair("ES256");
const publicKey = { ...(await exportJWK(keys.publicKey)), alg: "ES256", use: "sig" };
publicKey.kid = await calculateJwkThumbprint(publicKey);
const signingKey = { key: keys.privateKey, kid: publicKey.kid };
const dpopKeys = await client.randomDPoPKeyPair("ES256");

const authentication = {
  private_key_jwt: () => client.PrivateKeyJwt(signingKey),
  tls_client_auth: client.TlsClientAuth,
  self_signed_tls_client_auth: client.TlsClientAuth,
}[method]();
const metadata = {
  token_endpoint_auth_method: method,
  id_token_signed_response_alg: "ES256",
  authorization_signed_response_alg: "ES256",
  use_mtls_endpoint_aliases: Boolean(told.certificate),
};

// As the library says it: TLS with a certificate is undici's to do.
const pem = told.certificate && readFileSync(told.certificate, "utf8");
const dispatcher = new undici.Agent(pem ? { connect: { cert: pem, key: pem } } : {});

let challenged = [];

async function fetched(address, request) {
  const response = await undici.fetch(address, { ...request, dispatcher });
  const said = `${response.headers.get("www-authenticate")} ${await response.clone().text()}`;
  if (!response.ok && said.includes("use_dpop_nonce")) challenged.push(new URL(address).pathname);
  return response;
}

const options = { [client.customFetch]: fetched, execute: [client.enableNonRepudiationChecks, client.useJwtResponseMode] };
let config = told.client_id && (await client.discovery(issuer, told.client_id, metadata, authentication, options));
let registration;
let asked;
let tokens;
let claims;

// Proofs of the one key, by a handle that remembers no nonce: each endpoint is met as if for the first time.
function proof() {
  return told.certificate ? {} : { DPoP: client.getDPoPHandle(config, dpopKeys) };
}

async function publish() {
  return { keys: [publicKey] };
}

async function authorization({ parameters }) {
  asked = { code_verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
  const question = {
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    code_challenge: await client.calculatePKCECodeChallenge(asked.code_verifier),
    code_challenge_method: "S256",
    state: asked.state,
    nonce: asked.nonce,
    ...parameters,
  };
  const signed = await client.buildAuthorizationUrlWithJAR(config, question, signingKey);
  return { address: (await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, proof())).href };
}

async function callback({ address }) {
  const checks = {
    pkceCodeVerifier: asked.code_verifier,
    expectedState: asked.state,
    expectedNonce: asked.nonce,
    idTokenExpected: true,
  };
  tokens = await client.authorizationCodeGrant(config, new URL(address), checks, undefined, proof());
  claims = tokens.claims();
  return answer();
}

async function refresh() {
  tokens = { ...tokens, ...(await client.refreshTokenGrant(config, tokens.refresh_token, undefined, proof())) };
  return answer();
}

async function answer() {
  const { token_type, scope } = tokens;
  return { token_type, scope, claims, userinfo: await userinfo({}) };
}

async function userinfo({ value = tokens.access_token }) {
  return client.fetchUserInfo(config, value, claims?.sub ?? client.skipSubjectCheck, proof());
}

async function hand_over() {
  return { value: tokens.access_token };
}

async function introspection() {
  return client.tokenIntrospection(config, tokens.access_token);
}

async function exchange({ value, audience, scope }) {
  const grant = "urn:ietf:params:oauth:grant-type:token-exchange";
  const subject_token_type = "urn:ietf:params:oauth:token-type:access_token";
  const parameters = { subject_token: value, subject_token_type, audience, scope };
  tokens = await client.genericGrantRequest(config, grant, parameters, proof());
  const { access_token, ...others } = tokens;
  return others;
}

async function register({ initial_access_token, metadata }) {
  const wanted = { ...metadata, jwks: { keys: [publicKey] } };
  const registering = { ...options, initialAccessToken: initial_access_token };
  config = await client.dynamicClientRegistration(issuer, wanted, authentication, registering);
  registration = config.clientMetadata();
  return registration;
}

async function manage(verb, body) {
  const { registration_client_uri, registration_access_token } = registration;
  const headers = new Headers(body && { "Content-Type": "application/json" });
  const place = new URL(registration_client_uri);
  return client.fetchProtectedResource(
    config, registration_access_token, place, verb, body && JSON.stringify(body), headers,
  );
}

async function read() {
  return (await manage("GET")).json();
}

async function update({ changes }) {
  const of_server = ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
  const whole = Object.fromEntries(Object.entries(await read()).filter(([name]) => !of_server.includes(name)));
  registration = await (await manage("PUT", { ...whole, ...changes })).json();
  return registration;
}

async function remove() {
  return { status: (await manage("DELETE")).status };
}

async function challenges() {
  const endpoints = challenged;
  challenged = [];
  return { endpoints };
}

// What the identity provider refused; anything else ends the program with its trace.
async function refusal(error) {
  const challenge = error.cause?.[0]; // where there is one, it alone is told, and the body stays to be read
  const code = error.error ?? challenge?.parameters?.error ?? (challenge && (await error.response.json()).error);
  if (code === undefined) throw error;
  return { error: code };
}

const commands = {
  publish, authorization, callback, refresh, userinfo, hand_over, introspection, exchange, register, read, update, remove,
  challenges,
};

console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  console.log(JSON.stringify(await commands[command](parameters).catch(refusal)));
}
