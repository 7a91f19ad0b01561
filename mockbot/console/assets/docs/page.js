// Shows the document of a world in Swagger UI, and lets "Try it out" send the world's key.

const { base, world: here } = document.documentElement.dataset;
const world = new URLSearchParams(location.search).get("world") ?? here;
const docs = new URL(base, location.href);
const control = new URL("./", docs);
const root = new URL(world === "default" ? ".." : `../w/${encodeURIComponent(world)}`, control).href.replace(/\/$/, "");

function element(id) {
  return document.getElementById(id);
}

function followColours() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", set);
  set();
}

// Every operation is asked of this world, whatever servers the document names.
function toThisWorld(definition) {
  for (const item of Object.values(definition.paths ?? {})) {
    delete item.servers;
    for (const operation of Object.values(item)) delete operation?.servers;
  }
  return { ...definition, servers: [{ url: root }] };
}

async function show() {
  const url = element("document").href;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const definition = toThisWorld(await response.json());
  const isLong = Object.keys(definition.paths ?? {}).length > 50;
  const ui = await new Promise((resolve) => {
    const made = SwaggerUIBundle({
      domNode: element("reference"),
      spec: definition,
      docExpansion: isLong ? "none" : "list",
      filter: isLong,
      deepLinking: true,
      validatorUrl: null,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      onComplete: () => resolve(made),
    });
  });
  return { ui, schemes: definition.components?.securitySchemes ?? {} };
}

// A Basic credential is the key itself, or `user:password` is.
function authorize({ ui, schemes }, key) {
  for (const [name, scheme] of Object.entries(schemes)) {
    if (scheme.type === "http" && scheme.scheme?.toLowerCase() === "basic") {
      const [user, ...password] = key.split(":");
      ui.preauthorizeBasic(name, user, password.join(":"));
    } else if (scheme.type === "apiKey" || scheme.type === "http") {
      ui.preauthorizeApiKey(name, key);
    } else if (scheme.type === "oauth2") {
      ui.authActions.authorizeOauth2({ auth: { name, schema: scheme }, token: { access_token: key } });
    }
  }
}

async function fetchKey(shown, token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(new URL(`worlds/${encodeURIComponent(world)}`, control), { headers });
  const answer = await response.json();
  element("ask").hidden = response.status !== 401;
  if (response.ok) {
    // a world without keys takes any credential if its document asks for one
    authorize(shown, answer.key || "any");
    element("key").textContent = answer.key ? `“Try it out” sends the key ${answer.key}` : "This world has no keys";
  } else {
    element("key").textContent = `${answer.detail}. Or enter a key with “Authorize”.`;
  }
}

followColours();
element("world").textContent = world;
element("document").search = new URLSearchParams({ world });
try {
  const shown = await show();
  element("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    fetchKey(shown, new FormData(event.target).get("token"));
  });
  await fetchKey(shown, "");
} catch (error) {
  element("key").textContent = `The reference cannot be shown: ${error.message}`;
}
