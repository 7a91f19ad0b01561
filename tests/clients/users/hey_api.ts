import { client } from "./generated/client.gen";
import { chat, listBots, listConfigs, listSessions, sendMessage, uploadFile } from "./generated";

client.setConfig({ auth: process.env.KEY });

const bots = await listBots();
const configs = await listConfigs();
const sessions = await listSessions({ query: { username: "alice" } });
const file = await uploadFile({ body: { file: new File(["hello"], "hello.txt", { type: "text/plain" }) } });
const sent = await sendMessage({ body: { umo: "webchat:FriendMessage:alice", message: "hello" } });

const types: string[] = [];
let reply = "";
const { stream } = await chat({ body: { username: "alice", message: "hello" } });
for await (const event of stream) {
  types.push(event.type);
  if (event.type === "plain" && event.chain_type === null) reply += event.data;
}

const refused = await listSessions({ query: { username: "alice", page: 0 } });
const stranger = await listBots({ headers: { "X-API-Key": "abk_unknown" }, security: [] });
const broken = refused.error !== undefined && refused.error.data !== null ? refused.error.data.violations : [];

console.log(JSON.stringify({
  bots: bots.data?.data?.bot_ids,
  configs: configs.data?.data?.configs.map((config) => config.name),
  sessions: sessions.data?.data?.total,
  file: file.data?.data?.type,
  message: sent.data?.status,
  events: [types[0], types.at(-1)],
  reply,
  refused: [refused.response?.status, broken[0]?.rule],
  stranger: [stranger.response?.status, stranger.error?.message],
}));
