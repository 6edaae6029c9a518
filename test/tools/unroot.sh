#!/bin/sh
# test/tools/unroot.sh SCRIPT [ARG...]: run a script of this tree as an ordinary user,
# because PostgreSQL refuses to run as root.
#
# Not root: just run it.  Root: in a user namespace where root's files belong to
# the user postgres (TEST_USER names another).  Where namespaces are refused, as
# in a chroot or many containers: on a copy of the tree, from which logs and
# differences are copied back.  Exits with the script's status.
set -eu
cd "$(dirname "$0")/../.."

if [ "$(id -u)" != 0 ]; then
	exec "$@"
fi

user=${TEST_USER:-postgres}
id -u "$user" >/dev/null 2>&1 || user=nobody
uid=$(id -u "$user") gid=$(id -g "$user")
if unshare --map-user="$uid" --map-group="$gid" true 2>/dev/null; then
	exec unshare --map-user="$uid" --map-group="$gid" env HOME=/tmp USER="$user" LOGNAME="$user" "$@"
fi

copy=$(mktemp -d /tmp/ssm_fdw.XXXXXX)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
cp -a . "$copy/src"
chown -R "$uid:$gid" "$copy"
status=0
(cd "$copy/src" && exec setpriv --reuid="$uid" --regid="$gid" --clear-groups \
	env HOME=/tmp USER="$user" LOGNAME="$user" "$@") || status=$?
for made in tmp_check results regression.diffs regression.out; do
	rm -rf "./$made"
	[ ! -e "$copy/src/$made" ] || cp -R "$copy/src/$made" .
done
exit $status
