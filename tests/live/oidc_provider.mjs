// A hospital's own sign-in for tests: npm's oidc-provider, which lets in whoever POST /as/NAME named last, unasked.
// The account "wrong-nonce" and its like get tokens that are wrong in that way, signed with the provider's own key.
// node oidc_provider.mjs FOLDER_OF_NODE_MODULES REDIRECT_URI; prints its issuer.
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, redirectUri] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(join(modules, "oidc-provider", "lib", "index.js")).href);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" };
const text = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

const WRONG = {
  "wrong-nonce": (claims) => signed({ ...claims, nonce: "another" }),
  "wrong-audience": (claims) => signed({ ...claims, aud: "another" }),
  "wrong-issuer": (claims) => signed({ ...claims, iss: "https://sign-in.example" }),
  "wrong-time": (claims) => signed({ ...claims, iat: claims.iat - 7200, exp: claims.exp - 7200 }),
  "wrong-signature": (claims) => `${signed(claims).slice(0, -8)}AAAAAAAA`,
  unsigned: (claims) => `${text({ alg: "none", kid: "k1" })}.${text(claims)}.`,
  "signed-by-secret": (claims) => {
    const content = `${text({ alg: "HS256", kid: "k1" })}.${text(claims)}`;
    return `${content}.${createHmac("sha256", "a secret").update(content).digest("base64url")}`;
  },
};

function signed(claims) {
  const content = `${text({ alg: "RS256", kid: "k1" })}.${text(claims)}`;
  return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
}

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
let account = "nobody";

const provider = new Provider(issuer, {
  clients: [{ client_id: "wardwatch", client_secret: "a secret", redirect_uris: [redirectUri] }],
  jwks: { keys: [key] },
  cookies: { keys: ["a key"] },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});
provider.use(async (ctx, next) => {
  await next();
  if (ctx.path !== "/token" || !ctx.body?.id_token) return;
  const claims = JSON.parse(Buffer.from(ctx.body.id_token.split(".")[1], "base64url"));
  ctx.body.id_token = WRONG[claims.sub]?.(claims) ?? ctx.body.id_token;
});
const answer = provider.callback();

server.on("request", async (request, response) => {
  if (request.method === "POST" && request.url.startsWith("/as/")) {
    account = request.url.slice("/as/".length);
    response.writeHead(204).end();
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { accountId: account } });
  } else {
    answer(request, response);
  }
});
console.log(issuer);
