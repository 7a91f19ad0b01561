-- One request for wrk, from the arguments after `--`: method, file of the body, and pairs of header name and value.
-- Prints what wrk counted as one line of JSON; times are in microseconds.
function init(args)
  wrk.method = args[1]
  local file = assert(io.open(args[2], "rb"))
  local body = file:read("*a")
  file:close()
  if #body > 0 then wrk.body = body end
  for at = 3, #args - 1, 2 do wrk.headers[args[at]] = args[at + 1] end
end

function done(summary, latency, requests)
  local failed = summary.errors
  io.write(string.format(
    '{"requests": %d, "bytes": %d, "duration": %d, "status": %d, "socket": %d, "p50": %.1f, "p99": %.1f}\n',
    summary.requests, summary.bytes, summary.duration, failed.status,
    failed.connect + failed.read + failed.write + failed.timeout,
    latency:percentile(50), latency:percentile(99)))
end
