import { chat, listBots, listConfigs, listSessions, sendMessage, uploadFile, type ChatEvent } from "./generated";

const asAlice = { headers: { "X-API-Key": process.env.KEY ?? "" } };

const bots = await listBots(asAlice);
const configs = await listConfigs(asAlice);
const sessions = await listSessions({ username: "alice" }, asAlice);
const file = await uploadFile({ file: new File(["hello"], "hello.txt", { type: "text/plain" }) }, asAlice);
const sent = await sendMessage({ umo: "webchat:FriendMessage:alice", message: "hello" }, asAlice);

const types: string[] = [];
let reply = "";
const stream = await chat({ username: "alice", message: "hello" }, asAlice);
for (const frame of String(stream.data).split("\n\n").slice(0, -1)) {
  const event = JSON.parse(frame.slice("data: ".length)) as ChatEvent;
  types.push(event.type);
  if (event.type === "plain" && event.chain_type === null) reply += event.data;
}

const refused = await listSessions({ username: "alice", page: 0 }, asAlice);
const stranger = await listBots({ headers: { "X-API-Key": "abk_unknown" } });
const broken = refused.status === 400 && refused.data.data !== null ? refused.data.data.violations : [];

console.log(JSON.stringify({
  bots: bots.status === 200 && bots.data.data?.bot_ids,
  configs: configs.status === 200 && configs.data.data?.configs.map((config) => config.name),
  sessions: sessions.status === 200 && sessions.data.data?.total,
  file: file.status === 200 && file.data.data?.type,
  message: sent.status === 200 && sent.data.status,
  events: [types[0], types.at(-1)],
  reply,
  refused: [refused.status, broken[0]?.rule],
  stranger: [stranger.status, stranger.status === 401 && stranger.data.message],
}));
