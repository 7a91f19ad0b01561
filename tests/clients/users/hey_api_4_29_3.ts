import { client } from "./generated/client.gen";
import {
  chatApiV1ChatPost,
  chatSessionsApiV1ChatSessionsGet,
  downloadOpenApiFile,
  listConfigsApiV1ConfigsGet,
  listImBotsApiV1ImBotsGet,
  resumeChatRunApiV1ChatRunsRunIdStreamGet,
  sendImMessageApiV1ImMessagesPost,
  stopChatSessionApiV1ChatSessionsSessionIdStopPost,
  uploadOpenApiFile,
} from "./generated";

client.setConfig({ auth: process.env.KEY });

const bots = await listImBotsApiV1ImBotsGet();
const configs = await listConfigsApiV1ConfigsGet();
const file = await uploadOpenApiFile({ body: { file: new File(["hello"], "hello.txt", { type: "text/plain" }) } });
const attachment_id = file.data?.data?.attachment_id ?? "";
const download = await downloadOpenApiFile({ query: { attachment_id }, parseAs: "blob" });
const sent = await sendImMessageApiV1ImMessagesPost({ body: { umo: "webchat:FriendMessage:alice", message: "hello" } });

const types: string[] = [];
let reply = "";
const { stream } = await chatApiV1ChatPost({ body: { username: "alice", message: "hello" } });
for await (const event of stream) {
  types.push(event.type);
  if (event.type === "plain") reply += event.data;
}
const sessions = await chatSessionsApiV1ChatSessionsGet({ query: { username: "alice" } });

const resumed: string[] = [];
const session_id = "of-the-key";
async function resume(run_id: string): Promise<void> {
  const { stream } = await resumeChatRunApiV1ChatRunsRunIdStreamGet({ path: { run_id } });
  for await (const event of stream) {
    resumed.push(event.type);
    if (event.type === "run_snapshot") await stopChatSessionApiV1ChatSessionsSessionIdStopPost({ path: { session_id } });
  }
}
const own = await chatApiV1ChatPost({ body: { username: process.env.ME!, session_id, message: "wait" } });
let following = Promise.resolve();
for await (const event of own.stream) {
  if (event.type === "run_started") following = resume(event.data.run_id);
}
await following;

const refused = await chatSessionsApiV1ChatSessionsGet({ query: { username: "alice", page: 0 } });
const stranger = await listImBotsApiV1ImBotsGet({ headers: { "X-API-Key": "abk_unknown" }, security: [] });
const broken = refused.error && "data" in refused.error ? refused.error.data.violations : [];

console.log(JSON.stringify({
  bots: bots.data?.data?.bot_ids,
  configs: configs.data?.data?.configs.map((config) => config.name),
  sessions: sessions.data?.data?.total,
  file: file.data?.data?.type,
  download: await download.data?.text(),
  message: sent.data?.status,
  events: [types[0], types.at(-1)],
  reply,
  resumed: [resumed[0], resumed.at(-1)],
  refused: [refused.response?.status, broken[0]?.rule],
  stranger: [stranger.response?.status, stranger.error?.message],
}));
