#!/bin/sh
# test/tools/demo.sh: build the extension and show it at work, in a throw-away
# PostgreSQL, on a stand-in for AWS.  Installs nothing, needs no AWS account,
# and leaves nothing behind, however it ends.
#
# Environment: MAKE, PG_CONFIG; with KEEP=1 the servers go on running, and the
# script ends by saying how to reach and how to stop them.
set -eu
cd "$(dirname "$0")/../.."
: "${MAKE:=make}" "${PG_CONFIG:=pg_config}" "${KEEP:=}"
export MAKE PG_CONFIG KEEP

if [ "$(id -u)" = 0 ]; then
	exec test/tools/unroot.sh test/tools/demo.sh
fi

bin=$("$PG_CONFIG" --bindir)
dir=$(mktemp -d /tmp/ssm_fdw-demo.XXXXXX)
log=$dir/log

# Stop what was started, remove what was made.  Closing descriptor 9 ends the
# stand-in: it is the writing end of its standard input.
cleanup()
{
	status=$?
	trap - EXIT
	trap '' INT TERM HUP
	exec 9>&-
	[ ! -f "$dir/data/postmaster.pid" ] ||
		"$bin/pg_ctl" -s -D "$dir/data" -m immediate stop || :
	[ $status = 0 ] || [ $status = 130 ] || tail -n 20 "$log" >&2
	rm -rf "$dir"
	exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

echo "Building ssm_fdw for $("$PG_CONFIG" --version) ..."
$MAKE -s all >"$log" 2>&1
$MAKE -s install DESTDIR="$dir/install" >"$log" 2>&1

echo "Starting a stand-in for AWS ..."
no_proxy=127.0.0.1,localhost
export no_proxy
mkfifo "$dir/stdin"
setsid /usr/bin/python3 test/mock/server.py <"$dir/stdin" >"$dir/url" 2>>"$log" &
mock=$!
exec 9>"$dir/stdin"
while [ ! -s "$dir/url" ]; do
	kill -0 $mock
	sleep 0.1
done
read -r url <"$dir/url"
MOCK_URL=$url test/mock/config \
	'{"rows":400,"nodes":40,"per_command":40,"end":"now","plugins":2,
	"output":2500,"full_output":20000,"page_latency":0.02}' >>"$log" 2>&1

echo "Starting PostgreSQL in $dir ..."
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >>"$log" 2>&1
test/tools/loadpath.sh "$dir/install" >>"$dir/data/postgresql.conf"
cat >>"$dir/data/postgresql.conf" <<-END
	listen_addresses = ''
	unix_socket_directories = '$dir'
	fsync = off
	timezone = 'UTC'
END
# What is left running must not ask the network of this machine for credentials.
AWS_EC2_METADATA_DISABLED=true "$bin/pg_ctl" -s -w -D "$dir/data" -l "$dir/data/log" start 9>&- || {
	cat "$dir/data/log" >>"$log"
	exit 1
}
"$bin/createdb" -h "$dir" -U postgres demo
: >"$log"						# psql says itself what is wrong
"$bin/psql" -X -q -v ON_ERROR_STOP=1 -v url="$url" -P pager=off -h "$dir" -U postgres -d demo \
	-f test/tools/demo.sql

[ -n "$KEEP" ] || exit 0

# Something must hold the stand-in's standard input open: a process that sleeps.
setsid sleep infinity >/dev/null 2>&1 &
cat >"$dir/stop" <<-END
	kill $!
	kill -INT \$(head -n 1 $dir/data/postmaster.pid)
	while [ -f $dir/data/postmaster.pid ]; do sleep 0.1; done
	rm -rf $dir
END
trap - EXIT INT TERM HUP
cat <<-END

	The servers go on running.  Look around with

	    $bin/psql -h $dir -U postgres demo

	and stop them, removing all traces, with

	    sh $dir/stop
END
