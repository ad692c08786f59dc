#!/usr/bin/env bash
# granian 2.8.7 over WSGI hands on an EMPTY value for any request header that has one byte beyond ASCII: a cookie that
# any script of the same site may set, such as "prefs=frühstück", takes all other cookies with it. PEP 3333 wants the
# bytes as Latin-1. Over ASGI the same server hands them on as they came. Prints both; fails when either is different.
set -euo pipefail
folder=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check granian==2.8.7
cat > "$folder/apps.py" <<'PYTHON'
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr(environ.get("HTTP_COOKIE")).encode()]


async def asgi(scope, receive, send):
    cookie = dict(scope["headers"]).get(b"cookie")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": repr(cookie).encode()})
PYTHON
cd "$folder"

told() {  # told INTERFACE: what the app is told of a Cookie header with an ü in it
    local port=$((20000 + RANDOM % 20000))
    venv/bin/granian --interface "$1" --host 127.0.0.1 --port "$port" --log-level critical "apps:${1%nl}" &
    server=$!
    venv/bin/python - "$port" <<'PYTHON'
import http.client, sys, time
for attempt in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        connection.putrequest("GET", "/")
        connection.putheader("Cookie", b"cart=1; prefs=fr\xc3\xbchst\xc3\xbcck")
        connection.endheaders()
        print(connection.getresponse().read().decode())
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
PYTHON
    kill "$server"; wait "$server" 2>/dev/null || true; server=""
}

wsgi=$(told wsgi)
asgi=$(told asginl)
echo "over WSGI: $wsgi"
echo "over ASGI: $asgi"
[ "$wsgi" = "''" ] || { echo "it has changed: no empty value over WSGI any more"; exit 1; }
[ "$asgi" = 'b'"'"'cart=1; prefs=fr\xc3\xbchst\xc3\xbcck'"'" ] || { echo "it has changed over ASGI"; exit 1; }
