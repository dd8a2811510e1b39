# To be sourced by scripts that need a running server. start_server builds the program and serves
# a new directory on a free port; the server and the directory go away when the script ends.

work=$(mktemp -d)
server=

stop_server() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}
trap 'stop_server; rm -rf "$work"' EXIT

start_server() {
  go build -o "$work/comanda" ./cmd/comanda
  "$work/comanda" serve --listen 127.0.0.1:0 --data "$work/data" >"$work/serve.out" 2>"$work/serve.err" &
  server=$!
  until grep -q '^listening on ' "$work/serve.out"; do
    kill -0 "$server" 2>/dev/null || { cat "$work/serve.out" "$work/serve.err" >&2; return 1; }
    sleep 0.1
  done
  eval "$("$work/comanda" env --data "$work/data")"
  export COMANDA_DATA="$work/data"
}
