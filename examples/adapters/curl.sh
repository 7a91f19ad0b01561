#!/bin/sh
# A client of `mockbot fuzz -- sh curl.sh`: curl sends the message, awk prints the JSON of each event.
# Exit status 0: the reply is complete. Needs curl and an awk whose RS is a regular expression: mawk or gawk.
set -eu
body=$(mktemp)
trap 'rm -f "$body"' EXIT

quoted=$(printf %s "$MOCKBOT_MESSAGE" | sed 's/[\\"]/\\&/g') # enough for a message of one line
limit=$(awk "BEGIN { print $MOCKBOT_DEADLINE * 0.75 }")       # seconds for the whole reply
status=0
found=$(
  curl --silent --show-error --compressed --max-time "$limit" \
    --output "$body" --write-out '%{http_code} %{content_type}' \
    --header "X-API-Key: $MOCKBOT_KEY" --json "{\"message\": \"$quoted\", \"username\": \"fuzz\"}" \
    "$MOCKBOT_URL/api/v1/chat"
) || status=$?

case $(printf %s "$found" | tr '[:upper:]' '[:lower:]') in
'200 text/event-stream' | '200 text/event-stream;'* | '200 text/event-stream ;'*) ;;
*)
  echo "HTTPError: not a stream: $found" >&2
  exit 1
  ;;
esac

# WHATWG HTML 9.2.6. Lines of an event's data are joined with a space, so that its JSON stays on one line.
if LC_ALL=C awk '
  BEGIN { RS = "\r\n|\n|\r" }
  NR == 1 { sub(/^\357\273\277/, "") }
  $0 == "" { if (data != "") print data; if (data ~ /"type": *"end"/) ended = 1; data = ""; next }
  /^data(:|$)/ { sub(/^data:? ?/, ""); data = data (data == "" ? "" : " ") $0 }
  END { exit !ended }
' "$body"; then
  [ "$status" -ne 28 ] || status=0 # it has waited for more, and nothing is missing
else
  echo "IncompleteError: the stream ended without \`end\`" >&2
  [ "$status" -ne 0 ] || status=1
fi
exit "$status"
