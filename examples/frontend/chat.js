// Streams a chat with AstrBot: shows each frame when it arrives, and the text of the reply as it grows.

const element = (id) => document.getElementById(id);
const server = element("server").elements;
server.url.value = new URLSearchParams(location.search).get("server") ?? server.url.value;
let stop = new AbortController();

async function ask(path, options = {}) {
  const headers = { "X-API-Key": server.key.value, ...options.headers };
  const response = await fetch(`${server.url.value}/api/v1/${path}`, { ...options, headers });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (response.ok && isStream) return response;
  // AstrBot refuses a chat with JSON, in some versions with status 200
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || answer.status !== "ok") throw new Error(answer.message ?? `status ${response.status}`);
  return answer.data;
}

// Yields the data of each event: a piece of the body may end anywhere, also within a line.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", data = [];
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      if (line === "" && data.length) yield data.splice(0).join("\n");
    }
  }
}

function show(frame) {
  const item = document.createElement("li");
  item.textContent = `${frame.type} ${JSON.stringify(frame.data ?? frame.session_id)}`;
  element("frames").append(item);
  if (frame.type === "plain" && !frame.chain_type) element("reply").textContent += frame.data;
  if (frame.type === "error") throw new Error(frame.data);
}

async function chat(message) {
  const body = JSON.stringify({
    username: server.user.value,
    session_id: server.session.value || undefined,
    message,
  });
  const options = { method: "POST", body, headers: { "Content-Type": "application/json" }, signal: stop.signal };
  for await (const data of events((await ask("chat", options)).body)) {
    const frame = JSON.parse(data);
    show(frame);
    if (frame.type === "session_id") await listSessions(frame.session_id);
    if (frame.type === "end") return;
  }
  throw new Error("The reply broke off");
}

async function listSessions(chosen = server.session.value) {
  const query = new URLSearchParams({ username: server.user.value });
  const { sessions } = await ask(`chat/sessions?${query}`);
  const options = sessions.map(({ session_id: id, display_name: name }) => new Option(name ?? id, id));
  server.session.replaceChildren(new Option("new session", ""), ...options);
  server.session.value = chosen;
}

function busy(value) {
  element("send").disabled = value;
  element("stop").disabled = !value;
}

// Runs a task, and shows its error if it has one.
async function attempt(task) {
  element("error").textContent = "";
  try {
    await task();
  } catch (error) {
    element("error").textContent = error.name === "AbortError" ? "Stopped" : error.message;
  }
}

element("chat").addEventListener("submit", async (event) => {
  event.preventDefault();
  stop = new AbortController();
  element("reply").textContent = "";
  element("frames").replaceChildren();
  busy(true);
  await attempt(() => chat(element("message").value));
  busy(false);
});
element("stop").addEventListener("click", () => stop.abort());
server.url.addEventListener("change", () => attempt(listSessions));
server.user.addEventListener("change", () => attempt(listSessions));
attempt(listSessions);
