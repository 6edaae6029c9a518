#!/bin/sh
# test/tools/setup.sh [TARGET...]: see that this machine has what the named targets need
# (demo, postgresql, test, cron, bench, lint, sanitize, sqlsmith, coverage, chroot),
# and install from Debian what is missing.  Silent if nothing is.
#
# PostgreSQL is the one PG_CONFIG belongs to, else the newest one installed,
# else Debian's own.  No database cluster is created, and no server is started.
# If a PostgreSQL that is running would be upgraded, and so restarted, the
# script says so and asks first; without a terminal it goes on only if CI or
# SSM_FDW_YES is set.  Needs root or sudo only to install.
set -eu
: "${PG_CONFIG:=pg_config}"
oldest=15						# the oldest PostgreSQL we support
missing=
# Only what is missing: --no-upgrade keeps installed packages as they are, and the
# last option keeps apt from upgrading all of PostgreSQL for its headers.
options="--no-install-recommends --no-upgrade -o APT::Get::Upgrade-By-Source-Package=false"

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }

# need PACKAGE COMMAND...: PACKAGE is missing if the command fails.
need()
{
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

# a_file PATH...: is one of these there?
a_file()
{
	for path; do
		[ ! -e "$path" ] || return 0
	done
	return 1
}

# pg_file OPTION PATH: does PG_CONFIG's PostgreSQL have this file?
pg_file()
{
	folder=$("$PG_CONFIG" "--$1" 2>/dev/null) && [ -e "$folder/$2" ]
}

# Print the release (15, 16, ...) of PG_CONFIG's PostgreSQL.
pg_release()
{
	"$PG_CONFIG" --version 2>/dev/null | sed 's/^[^0-9]*\([0-9]*\).*/\1/'
}

# Is PG_CONFIG's PostgreSQL complete: server, client, headers, test tools?
pg_complete()
{
	pg_file bindir postgres && pg_file bindir psql &&
		pg_file includedir-server postgres.h &&
		pg_file pkglibdir pgxs/src/test/regress/pg_regress
}

# need_cron RELEASE: pg_cron is Debian's, and needed only for Debian's PostgreSQL,
# where Debian has it for that.
need_cron()
{
	[ -z "$updated" ] || [ -n "$(apt-cache show "postgresql-$1-cron" 2>/dev/null)" ] || return 0
	case $cron$("$PG_CONFIG" --bindir 2>/dev/null) in
	wanted | wanted/usr/lib/postgresql/*)
		need "postgresql-$1-cron" a_file "/usr/lib/postgresql/$1/lib/pg_cron.so" ;;
	esac
}

# Add what the named targets lack to $missing; sets pg=missing if PostgreSQL is.
# Debian's own Python and AWS CLI are meant, whatever comes first in PATH.
look()
{
	missing='' pg='' cron=''
	for target in ${targets:-demo test}; do
		case $target in
		demo | postgresql | test | cron | bench)
			need gcc command -v gcc
			need libc6-dev a_file /usr/include/stdio.h
			need make command -v make
			need libcurl4-openssl-dev a_file /usr/include/curl/curl.h /usr/include/*/curl/curl.h
			need libssl-dev a_file /usr/include/openssl/evp.h
			need libjansson-dev a_file /usr/include/jansson.h
			need python3-botocore /usr/bin/python3 -c 'import botocore'
			pg_complete || pg=missing
			;;
		lint)
			need clang command -v clang
			need clang-tidy command -v clang-tidy
			need cppcheck command -v cppcheck
			need pmccabe command -v pmccabe
			need pg-bsd-indent a_file /usr/bin/pg_bsd_indent /usr/lib/postgresql/*/bin/pg_bsd_indent
			need shellcheck command -v shellcheck
			;;
		chroot)
			need mmdebstrap command -v mmdebstrap
			need debian-archive-keyring a_file /usr/share/keyrings/debian-archive-keyring.gpg
			;;
		sanitize)
			need clang command -v clang
			need libclang-rt-14-dev a_file /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan*.so
			need valgrind command -v valgrind
			;;
		sqlsmith)
			need sqlsmith command -v sqlsmith
			;;
		coverage)
			need gcovr command -v gcovr
			;;
		*) die "unknown target '$target'" ;;
		esac
		if [ "$target" = test ] || [ "$target" = postgresql ] || [ "$target" = cron ]; then
			need perl command -v prove
			need curl command -v curl
			need openssl command -v openssl
			need libipc-run-perl perl -MIPC::Run -e 1
		fi
		if [ "$target" = test ] || [ "$target" = bench ]; then
			need python3-boto3 /usr/bin/python3 -c 'import boto3'
			need awscli a_file /usr/bin/aws
		fi
		[ "$target" != bench ] || need python3-psycopg2 /usr/bin/python3 -c 'import psycopg2'
		case $target in test | cron) cron=wanted ;; esac
	done
	[ -n "$pg" ] || need_cron "$(pg_release)"
	# shellcheck disable=SC2086 # a list of packages
	missing=$(printf '%s\n' $missing | sort -u | xargs)
}

# Run a command as root, three times if need be: mirrors and locks have moods.
as_root()
{
	for pause in 5 15 0; do
		$sudo env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null && return
		sleep $pause
	done
	return 1
}

# Print what apt would do to install packages, changing nothing.
# shellcheck disable=SC2086 # a list of options
simulate() { LC_ALL=C apt-get -s install $options "$@" 2>/dev/null; }

# Leave out of $missing what this Debian does not know: 13 has pg_bsd_indent in
# PostgreSQL's own packages.
drop_unknown()
{
	known=
	for package in $missing; do
		[ -z "$(apt-cache show "$package" 2>/dev/null)" ] || known="$known $package"
	done
	missing=${known# }
}

# Print the release of PostgreSQL to install or complete: PG_CONFIG's own if it
# is installed as a server, else the newest installed, else Debian's.
choose_release()
{
	if pg_file bindir postgres; then
		case $("$PG_CONFIG" --bindir) in
		/usr/lib/postgresql/*) pg_release ;;
		esac
		return
	fi
	newest=$(find /usr/lib/postgresql/*/bin/postgres 2>/dev/null |
		cut -d/ -f5 | sort -n | tail -n 1)
	echo "${newest:-$(LC_ALL=C apt-cache depends postgresql |
		sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)}"
}

# Add what is lacking of PostgreSQL to $missing.
add_postgresql()
{
	release=$(choose_release)
	[ -n "$release" ] || die "'$PG_CONFIG' lacks its server headers or test tools, or apt knows no PostgreSQL"
	[ "$release" -ge $oldest ] ||
		die "PostgreSQL $release is too old, $oldest is the oldest supported; set PG_CONFIG"

	folder=/usr/lib/postgresql/$release
	need "postgresql-$release" a_file "$folder/bin/postgres"
	need "postgresql-client-$release" a_file "$folder/lib/pgxs/src/test/regress/pg_regress"
	need "postgresql-server-dev-$release" a_file "/usr/include/postgresql/$release/server/postgres.h"
	need_cron "$release"
}

# Print the releases of the PostgreSQL servers that are running.
running()
{
	pg_lsclusters -h 2>/dev/null | awk '$4 ~ /^online/ { print $1 }'
	for exe in /proc/[0-9]*/exe; do
		readlink "$exe" 2>/dev/null || :
	done | sed -n 's,^/usr/lib/postgresql/\([0-9]*\)/bin/.*,\1,p'
}

# If the install restarts a running server, have that confirmed or stop here.
confirm_restart()
{
	running=$(running | sort -u)
	# shellcheck disable=SC2086 # a list of packages
	upgraded=$(simulate $missing | sed -n 's/^Inst postgresql-\([0-9]*\) \[.*/\1/p')
	for release in $upgraded; do
		echo "$running" | grep -qx "$release" || continue
		say "this upgrades PostgreSQL $release, and its server, which is RUNNING, will be restarted"
		[ -z "${CI:-}${SSM_FDW_YES:-}" ] || continue
		[ -t 0 ] || die "nothing done; set SSM_FDW_YES=1 to go on"
		printf 'setup: go on? [y/N] ' >&2
		read -r answer
		case $answer in [yY]*) ;; *) die "nothing done" ;; esac
	done
}

# Install $missing.  A drop-in file, there only meanwhile, keeps postgresql-common
# from creating a cluster.
install_missing()
{
	drop_in=/etc/postgresql-common/createcluster.d
	made=$(a_file $drop_in || echo made)
	log=$(mktemp)
	cleanup="$sudo rm -f $drop_in/ssm_fdw-setup.conf; rm -f $log"
	[ -z "$made" ] || cleanup="$cleanup; $sudo rmdir --ignore-fail-on-non-empty $drop_in"
	# shellcheck disable=SC2064 # to be expanded now
	trap "$cleanup" EXIT
	trap 'exit 130' INT TERM HUP
	$sudo mkdir -p $drop_in
	echo "create_main_cluster = false" | $sudo tee $drop_in/ssm_fdw-setup.conf >/dev/null

	# shellcheck disable=SC2086 # lists of options and packages
	as_root apt-get install -y $options -o DPkg::Lock::Timeout=300 \
		$missing >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "apt-get failed, see above"; }
}

targets=$* updated=
look
[ -n "$missing$pg" ] || exit 0

command -v apt-get >/dev/null ||
	die "missing (Debian's names): $missing${pg:+ PostgreSQL $oldest or later with its server headers}"
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null ||
		die "to be installed, by root or with sudo: $missing${pg:+ and PostgreSQL}"
	sudo=sudo
	[ -t 0 ] || sudo="sudo -n"
fi

say "reading Debian's package lists"
as_root apt-get update -q -o DPkg::Lock::Timeout=300 >/dev/null || say "the lists may be out of date"
updated=yes
drop_unknown
[ -z "$pg" ] || add_postgresql
say "installing $missing"
confirm_restart
install_missing
look
[ -z "$missing$pg" ] || die "still missing: $missing${pg:+ PostgreSQL, as $PG_CONFIG sees it}"
