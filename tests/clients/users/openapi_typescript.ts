import createClient from "openapi-fetch";
import type { components, paths } from "./generated";

type ChatEvent = components["schemas"]["ChatEvent"];
type Refusal = components["schemas"]["MockbotError"];

const client = createClient<paths>({ baseUrl: process.env.BASE, headers: { "X-API-Key": process.env.KEY } });

const bots = await client.GET("/api/v1/im/bots");
const configs = await client.GET("/api/v1/configs");
const sessions = await client.GET("/api/v1/chat/sessions", { params: { query: { username: "alice" } } });
const file = await client.POST("/api/v1/file", {
  body: { file: "" },
  bodySerializer() {
    const form = new FormData();
    form.append("file", new File(["hello"], "hello.txt", { type: "text/plain" }));
    return form;
  },
});
const sent = await client.POST("/api/v1/im/message", {
  body: { umo: "webchat:FriendMessage:alice", message: "hello" },
});

const types: string[] = [];
let reply = "";
const { data: stream } = await client.POST("/api/v1/chat", {
  body: { username: "alice", message: "hello" },
  parseAs: "stream",
});
let rest = "";
const decoder = new TextDecoder();
for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) {
  const frames = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
  rest = frames.pop() ?? "";
  for (const frame of frames) {
    const event = JSON.parse(frame.slice("data: ".length)) as ChatEvent;
    types.push(event.type);
    if (event.type === "plain" && event.chain_type === null) reply += event.data;
  }
}

const refused = await client.GET("/api/v1/chat/sessions", { params: { query: { username: "alice", page: 0 } } });
const stranger = await client.GET("/api/v1/im/bots", { headers: { "X-API-Key": "abk_unknown" } });
const broken = (refused.error as Refusal).data?.violations ?? [];

console.log(JSON.stringify({
  bots: bots.data?.data?.bot_ids,
  configs: configs.data?.data?.configs.map((config) => config.name),
  sessions: sessions.data?.data?.total,
  file: file.data?.data?.type,
  message: sent.data?.status,
  events: [types[0], types.at(-1)],
  reply,
  refused: [refused.response.status, broken[0]?.rule],
  stranger: [stranger.response.status, stranger.error?.message],
}));
