# Runs a PostgreSQL server for as long as standard input stays open: the pipe closes when the parent ends it or dies, however
# it dies. $1: the signal that stops the server; $2: a folder to remove afterwards, or nothing; the rest: the command.
signal=$1 remove=$2
shift 2
trap '' INT TERM HUP
"$@" </dev/null >&2 &
server=$!
echo "$server"
cat >/dev/null
kill -s "$signal" "$server" 2>/dev/null
wait "$server"
if [ -n "$remove" ]; then rm -rf -- "$remove"; fi
