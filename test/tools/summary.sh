#!/bin/sh
# test/tools/summary.sh [lint] [test] [postgresql]: install what these need, run their
# steps, and print "N passed, N failed" over all of them as the last line.  Exits
# 1 if anything failed.  postgresql is test without what is judged by botocore.
#
# Counted are the lines of TAP ("ok 1 - ...", without those skipped) and of
# pg_regress ("test x ... ok").  A step that fails without such a line, and a
# step of tests in which none ran, count as one failure.  Each step's whole
# output is in build/log; passed tests are left out on the screen.
set -eu
cd "$(dirname "$0")/../.."
: "${MAKE:=make}"
passed=0 failed=0
steps=$(mktemp)
trap 'rm -f "$steps"' EXIT
trap 'exit 130' INT TERM HUP
rm -rf build/log
mkdir -p build/log

# count PATTERN NOT LOG: print how many of the log's lines have the one pattern
# and not the other.
count()
{
	grep -aE "$1" "$3" | grep -avcE "$2" || :
}

# step NAME COMMAND...: run one step of tests; counts what passed and failed.
step()
{
	name=$1 log=build/log/$1.log start=$(date +%s)
	shift
	echo "--- $name"
	{ "$@" </dev/null 2>&1; echo $? >"$log.status"; } | tee "$log" |
		grep -a --line-buffered -vE '^ *(ok [0-9]|1\.\.[0-9]+$|# Subtest)' || :
	status=$(cat "$log.status")
	good=$(count '^ok [0-9]|^(test|   ) +[^ ]+ +\.\.\. ok ' '# *[Ss][Kk][Ii][Pp]' "$log")
	bad=$(count '^not ok |^(test|   ) +[^ ]+ +\.\.\. FAILED' '# *T[O]DO' "$log")
	note=
	if [ "$bad" = 0 ] && [ "$status" != 0 ]; then
		bad=1 note=", ended with status $status"
	elif [ "$bad" = 0 ] && [ "$good" = 0 ] && [ "$name" != build ]; then
		bad=1 note=", no test ran"
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	printf '%-10s %4d s, %4d ok, %d not ok%s\n' "$name" $(($(date +%s) - start)) \
		"$good" "$bad" "$note" >>"$steps"
	[ "$status" = 0 ]
}

# tap: run the TAP files side by side, then print the tests of each.  A file
# whose tests are not those that it planned ended early, which is a failure.
tap()
{
	status=0
	"$MAKE" -s tempcheck WERROR=1 REGRESS= PROVE_FLAGS="-j$((2 * $(nproc)))" || status=1
	for file in $(find tmp_check/tap -type f | sort); do
		awk -v file="${file#tmp_check/tap/}" '
			/^(not )?ok [0-9]/ { tests++; failed += /^not/; print $0 " (" file ")" }
			/^1\.\.[0-9]+/ { planned = substr($1, 4) }
			END {
				if (!failed && (planned == "" || planned != tests + 0))
					print "not ok - " file " ended after " tests + 0 " tests"
			}' "$file"
	done
	return "$status"
}

# finish: print the summary and exit.
finish()
{
	echo
	cat "$steps"
	echo
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] || exit 1
	exit 0
}

# The tests against PostgreSQL; nothing can run if the build fails.
run_postgresql()
{
	step build "$MAKE" -s -j"$(nproc)" all WERROR=1 || finish
	step unit "$MAKE" -s -j"$(nproc)" unit WERROR=1 PROVE_FLAGS=-v || :
	step regress "$MAKE" -s tempcheck WERROR=1 TAP_TESTS= || :
	step tap tap || :
}

if ! test/tools/setup.sh "$@"; then
	failed=1
	finish
fi
for target; do
	case $target in
	lint) step lint "$MAKE" -s lint || : ;;
	postgresql) run_postgresql ;;
	test)
		run_postgresql
		step mock /usr/bin/python3 test/mock/selftest.py || :
		step credentials "$MAKE" -s credentials WERROR=1 PROVE_FLAGS=-v || :
		;;
	*) echo "summary.sh: unknown target '$target'" >&2; exit 2 ;;
	esac
done
finish
