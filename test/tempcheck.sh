#!/bin/sh
# test/tempcheck.sh [VARIABLE=VALUE...]: the regression and TAP tests, against
# throw-away clusters and with nothing installed: the extension goes into
# tmp_install, and the clusters are told to load it from there.
#
# Arguments are make variables (REGRESS=scan, TAP_TESTS=, PROVE_TESTS=...).
# Environment: MAKE, PG_CONFIG.  Exits 1 if a test fails.  Clusters listen on a
# Unix socket only, and end with their test.
set -eu
cd "$(dirname "$0")/.."
: "${MAKE:=make}" "${PG_CONFIG:=pg_config}"
export MAKE PG_CONFIG

if [ "$(id -u)" = 0 ]; then
	exec test/tools/unroot.sh test/tempcheck.sh "$@"
fi

# The caller's AWS settings, proxies and locale are not the tests'.
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p'); do
	unset "$name"
done
AWS_CONFIG_FILE=/nonexistent/config AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials
AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_EC2_METADATA_DISABLED
no_proxy=127.0.0.1,localhost LANG=C.UTF-8 LC_ALL=C.UTF-8
export no_proxy LANG LC_ALL

dest=$PWD/tmp_install
rm -rf "$dest" tmp_regress regression.diffs
mkdir -p "$dest" tmp_regress
$MAKE -s all
$MAKE -s install DESTDIR="$dest" >"$dest/install.log" || { cat "$dest/install.log"; exit 1; }
test/tools/loadpath.sh "$dest" >"$dest/test.conf"
echo "fsync = off" >>"$dest/test.conf"
"$("$PG_CONFIG" --bindir)/initdb" -D "$dest/template" -A trust -N --encoding=UTF8 --no-locale >"$dest/initdb.log"

status=0
$MAKE -s installcheck "$@" TAP_TESTS= \
	EXTRA_REGRESS_OPTS="--temp-instance=$PWD/tmp_regress/inst --temp-config=$dest/test.conf" || status=1
[ ! -f regression.diffs ] || cat regression.diffs
# prove keeps each file's TAP in tmp_check, for test/tools/summary.sh to count
PERL_TEST_HARNESS_DUMP_TAP=$PWD/tmp_check/tap TEMP_CONFIG=$dest/test.conf $MAKE -s installcheck "$@" REGRESS= ISOLATION= || status=1
exit $status
