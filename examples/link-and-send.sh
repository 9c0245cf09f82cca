#!/bin/sh
# Links a number, sends it a text and follows that send until it is delivered, with curl alone (7.76 or newer).
#
#   KEY=wa_… examples/link-and-send.sh 15550000001@s.whatsapp.net 'Hello from curl'
#
# SESSION, an id or a URL, selects a session that is already linked; URL is the address of another gateway.
set -eu

url=${URL:-http://127.0.0.1:8080}/api/v1
key=${KEY:?the API key, made with: troupe keys create --org ORG --name NAME --can read,send,manage}
to=${1:?the recipient, for example 15550000001@s.whatsapp.net}
text=${2:-Hello from curl}

scratch=$(mktemp -d)
follower=
trap 'if [ -n "$follower" ]; then kill "$follower" 2>/dev/null || true; fi; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# Calls the gateway. The key is in a file, so that it does not appear in the process list.
umask 077
printf 'header = "authorization: Bearer %s"\n' "$key" > "$scratch/credential"
call() { curl --silent --show-error --fail-with-body --config "$scratch/credential" "$@"; }
post() { call --header 'content-type: application/json' --data "$2" "$url$1"; }

# The first field of that name in the JSON on standard input. Use jq in a real program.
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# A text of one line as a JSON string.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

session=${SESSION:-}
session=${session##*/}
if [ -z "$session" ]; then
  # Each response is stored in a variable first: a failing command in a pipe would not end the script.
  created=$(post /sessions '{"label":"curl","start":true}')
  session=$(printf '%s' "$created" | field id)
  echo "session $session"
  # 404 until WhatsApp has sent the code.
  tries=20
  until call --header 'accept: image/png' --output qr.png "$url/sessions/$session/qr" 2> "$scratch/error"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      cat "$scratch/error" >&2
      exit 1
    fi
    sleep 1
  done
  echo 'scan qr.png on the phone, under "Linked devices"'
  for _ in $(seq 160); do
    shown=$(call "$url/sessions/$session")
    status=$(printf '%s' "$shown" | field status)
    case $status in connected) break ;; stopped | failed | logged_out) break ;; esac
    sleep 1
  done
  if [ "$status" != connected ]; then
    echo "the session is $status" >&2
    exit 1
  fi
  echo "status $status"
fi

# The stream is opened before the send, and its first line shows that it is open, so no event is missed.
mkfifo "$scratch/events"
curl --silent --show-error --fail --config "$scratch/credential" --no-buffer --max-time 60 \
  "$url/events?session=$session&event=message.status" > "$scratch/events" &
follower=$!
exec 3< "$scratch/events"
read -r _ <&3

# With an idempotency key the request can be repeated after any failure and is sent once, so curl retries it after a refused
# connection, a 429 or a 5xx. Derive the key from the purpose of the message, such as the id of an order.
sent=$(call --retry 5 --retry-connrefused --header "idempotency-key: example-$$-$(date +%s)" \
  --header 'content-type: application/json' \
  --data "{\"to\":$(quoted "$to"),\"type\":\"text\",\"text\":$(quoted "$text")}" "$url/sessions/$session/messages")
outbox_id=$(printf '%s' "$sent" | field outboxId)
echo "sent $outbox_id $(printf '%s' "$sent" | field status)"

while read -r line <&3; do
  case $line in
    data:*"\"outboxId\":\"$outbox_id\""*) ;;
    *) continue ;;
  esac
  # The last status in the line is that of the payload.
  status=$(printf '%s' "$line" | grep -o '"status":"[^"]*"' | tail -n 1 | cut -d '"' -f 4)
  echo "event $status"
  case $status in
    delivered | read | played) exit 0 ;;
    failed) exit 1 ;;
  esac
done
echo 'it was not delivered within a minute' >&2
exit 1
