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

# run NAME COMMAND...: run a step's command; shows what it says but for what passed.
run()
{
	name=$1 start=$(date +%s)
	shift
	echo "--- $name"
	{
		status=0
		"$@" </dev/null 2>&1 || status=$?
		echo "$status $(($(date +%s) - start))" >"build/log/$name.status"
	} | tee "build/log/$name.log" |
		grep -a --line-buffered -vE '^ *(ok [0-9]|1\.\.[0-9]+$|# Subtest)' || :
}

# judge NAME: count what passed and failed in a step that has run.
judge()
{
	name=$1 log=build/log/$1.log
	read -r status seconds <"build/log/$name.status"
	good=$(count '^ok [0-9]|^(test|   ) +[^ ]+ +\.\.\. ok ' '# *[Ss][Kk][Ii][Pp]' "$log")
	bad=$(count '^not ok |^(test|   ) +[^ ]+ +\.\.\. FAILED' '# *T[O]DO' "$log")
	note=
	if [ "$bad" = 0 ] && [ "$status" != 0 ]; then
		bad=1 note=", ended with status $status"
	elif [ "$bad" = 0 ] && [ "$good" = 0 ] && [ "$name" != build ]; then
		bad=1 note=", no test ran"
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	printf '%-12s %4d s, %4d ok, %d not ok%s\n' "$name" "$seconds" \
		"$good" "$bad" "$note" >>"$steps"
	[ "$status" = 0 ]
}

# step NAME COMMAND...: run one step of tests, and judge it.
step()
{
	run "$@"
	judge "$1"
}

# proved FOLDER COMMAND...: run a command whose prove keeps each file's TAP in that
# folder, then print the tests of each: files that run side by side print none.
# A file whose tests are not those that it planned ended early, which is a failure.
proved()
{
	folder=$1 result=0
	shift
	PERL_TEST_HARNESS_DUMP_TAP=$PWD/$folder "$@" || result=1
	for file in $(find "$folder" -type f | sort); do
		awk -v file="${file#"$folder"/}" '
			/^(not )?ok [0-9]/ { tests++; failed += /^not/; print $0 " (" file ")" }
			/^1\.\.[0-9]+/ { planned = substr($1, 4) }
			END {
				if (!failed && (planned == "" || planned != tests + 0))
					print "not ok - " file " ended after " tests + 0 " tests"
			}' "$file"
	done
	return "$result"
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

# run_tests [STEP...]: the tests against PostgreSQL, and these steps beside those
# that leave a core idle; nothing can run if the build fails.
run_tests()
{
	cores=$(nproc)
	step build "$MAKE" -s -j"$cores" all unit-programs WERROR=1 || finish
	for beside in regress "$@"; do
		"$beside" >"build/log/$beside.shown" &
	done
	wait
	for beside in regress "$@"; do
		cat "build/log/$beside.shown"
		judge "$beside" || :
	done
	step unit proved build/log/unit "$MAKE" -s unit WERROR=1 PROVE_FLAGS="-j$((2 * cores))" || :
	# most of their time the tests wait
	step tap proved tmp_check/tap "$MAKE" -s tempcheck WERROR=1 REGRESS= PROVE_FLAGS="-j$((3 * cores))" || :
}

regress() { run regress "$MAKE" -s tempcheck WERROR=1 TAP_TESTS=; }
mock() { run mock /usr/bin/python3 test/mock/selftest.py; }
credentials() { run credentials proved build/log/credentials "$MAKE" -s credentials WERROR=1; }

if ! test/tools/setup.sh "$@"; then
	failed=1
	finish
fi
for target; do
	case $target in
	lint) step lint "$MAKE" -s lint || : ;;
	postgresql) run_tests ;;
	test) run_tests mock credentials ;;
	*) echo "summary.sh: unknown target '$target'" >&2; exit 2 ;;
	esac
done
finish
