#!/bin/sh
# test/tools/chroot/try.sh: what a user does with the package, in a chroot: install it
# from /deb, read the stand-in at $URL, and remove the package again.
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null 2>&1 || :
apt-get install -y -q --no-install-recommends /deb/*.deb >/tmp/install.log 2>&1 || { cat /tmp/install.log; exit 1; }
dpkg -L postgresql-15-ssm-fdw | grep -E '\.(so|control|sql)$'
pg_lsclusters -h | grep -q '^15 *main' || pg_createcluster 15 main >/dev/null
pg_ctlcluster 15 main start
trap 'pg_ctlcluster 15 main stop -m immediate' EXIT
su postgres -c 'psql -qXAt -v ON_ERROR_STOP=1' <<SQL >/tmp/rows
DROP DATABASE IF EXISTS tried;
CREATE DATABASE tried;
\c tried
CREATE EXTENSION ssm_fdw;
CREATE SERVER ssm FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-1', endpoint_url '$URL');
CREATE USER MAPPING FOR CURRENT_USER SERVER ssm
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO public;
SELECT count(*), count(DISTINCT (command_id, instance_id)) FROM command_invocations;
SQL
rows=$(cat /tmp/rows)
[ "$rows" = '120|120' ] || { echo "expected 120|120, got $rows"; exit 1; }
echo "ok: 120 rows, all different"
apt-get remove -y -q postgresql-15-ssm-fdw >/dev/null 2>&1
[ ! -e /usr/lib/postgresql/15/lib/ssm_fdw.so ] || { echo "the library is still there"; exit 1; }
echo "ok: removed"
