#!/bin/sh
# test/tools/loadpath.sh DIR: print the settings with which PG_CONFIG's server loads
# the extension from where "make install DESTDIR=DIR" has put it.
#
# PostgreSQL 18 and later have extension_control_path, Debian's earlier ones
# extension_destdir.  A server with neither is an error.  Not for root.
set -eu
: "${PG_CONFIG:=pg_config}"
settings=$("$("$PG_CONFIG" --bindir)/postgres" --describe-config | cut -f1)

echo "dynamic_library_path = '$1$("$PG_CONFIG" --pkglibdir):\$libdir'"
if echo "$settings" | grep -qx extension_control_path; then
	echo "extension_control_path = '$1$("$PG_CONFIG" --sharedir):\$system'"
elif echo "$settings" | grep -qx extension_destdir; then
	echo "extension_destdir = '$1'"
else
	echo "$("$PG_CONFIG" --version) loads extensions only from its own folder:" \
		"use make install, then make installcheck" >&2
	exit 1
fi
