# shellcheck shell=sh
# test/lint/tap.sh: for the checks written in sh; read with "." after cd to the
# tree.  Ends the check by "finish".
tests=0 failures=0

# check NAME COMMAND...: one test; it fails if the command does, or prints
# anything, which then is shown.
check()
{
	tests=$((tests + 1)) name=$1
	shift
	if output=$("$@" 2>&1) && [ -z "$output" ]; then
		echo "ok $tests - $name"
	else
		echo "not ok $tests - $name"
		echo "$output" | sed 's/^/# /'
		failures=1
	fi
}

# finish: print the plan and exit.
finish()
{
	echo "1..$tests"
	exit $failures
}
