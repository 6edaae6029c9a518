# A superuser's CREATE EXTENSION in a schema where the database's owner has made
# operators, functions, types and views of every name that the script uses, for
# every pair of its types: the script binds none of them, and what it has made calls
# none.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my $t = SsmCluster->new(mock => { rows => 30, end => 'now', span => 86400 });
my $script = do { local (@ARGV, $/) = ("$FindBin::Bin/../../sql/ssm_fdw--1.0.sql"); <> };
my %words = map { $_ => 1 } $script =~ /(\w+)/g;
my $words = join ',', sort keys %words;

# All that is planted raises an error when called.  The statements are gathered
# first, as what they make would be called by the query that gathers them.
my $plant = <<"SQL";
DO \$do\$
DECLARE
	statements text[] := (
		WITH type AS (
			SELECT unnest('{jsonb,text,numeric,bigint,integer,double precision,timestamptz,interval,name,boolean,regclass,oid}'::text[]) AS a),
		pair AS (SELECT x.a, y.a AS b FROM type AS x, type AS y),
		operator AS (SELECT DISTINCT oprname AS o, oprresult = 'boolean'::regtype AS tests FROM pg_operator WHERE oprkind = 'b'),
		called AS (SELECT DISTINCT proname AS f FROM pg_proc
			WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ('{$words}')),
		own AS (SELECT unnest('{$words}'::text[]) AS f)
		SELECT array_agg(s || CASE WHEN s ~ '^CREATE FUNCTION' THEN \$\$ LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted''; END'\$\$ ELSE '' END ORDER BY n)
		FROM (
			SELECT 1, format('CREATE FUNCTION public.planted(%s, %s) RETURNS %1\$s', a, b) FROM pair
			UNION ALL SELECT 1, format('CREATE FUNCTION public.planted_test(%s, %s) RETURNS boolean', a, b) FROM pair
			UNION ALL SELECT 1, format('CREATE FUNCTION public.planted(%s) RETURNS %1\$s', a) FROM type
			UNION ALL SELECT 2, format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.%s)', o, a, b,
				CASE WHEN tests THEN 'planted_test' ELSE 'planted' END)
			FROM pair, (SELECT o, bool_or(tests) AS tests FROM operator GROUP BY o) AS operators
			WHERE o <> '=>'
			UNION ALL SELECT 2, format('CREATE OPERATOR public.- (RIGHTARG = %s, FUNCTION = public.planted)', a) FROM type
			UNION ALL SELECT 3, format('CREATE FUNCTION public.%I(%s, %s DEFAULT NULL) RETURNS %2\$s', f, a, b) FROM called, pair
			UNION ALL SELECT 3, format('CREATE FUNCTION public.%I(%s, %s, %3\$s, %3\$s DEFAULT NULL) RETURNS %2\$s', f, a, b) FROM called, pair
			UNION ALL SELECT 3, format('CREATE FUNCTION public.%I(%s) RETURNS %2\$s', f, a) FROM called, type
			UNION ALL SELECT 3, format('CREATE FUNCTION public.%I(VARIADIC %s[]) RETURNS %2\$s', f, a) FROM called, type
			UNION ALL SELECT 3, format('CREATE FUNCTION public.%I() RETURNS name', f) FROM called
			UNION ALL SELECT 3, format('CREATE FUNCTION public.%I(planted smallint DEFAULT 0) RETURNS text', f) FROM own WHERE f ~ '^ssm_fdw_.'
			UNION ALL SELECT 4, format('CREATE VIEW public.%I AS SELECT true AS planted', relname) FROM pg_class
			WHERE relnamespace = 'pg_catalog'::regnamespace AND relname = ANY ('{$words}')
			UNION ALL SELECT 5, format('CREATE DOMAIN public.%I AS pg_catalog.int2', typname) FROM pg_type
			WHERE typnamespace = 'pg_catalog'::regnamespace AND typrelid = 0 AND typname = ANY ('{$words,int4,int8,float8,bool}')
		) AS planted (n, s));
	statement text;
BEGIN
	FOREACH statement IN ARRAY statements LOOP
		EXECUTE statement;
	END LOOP;
END
\$do\$;
SQL

$t->sql('CREATE ROLE owner; CREATE DATABASE planted OWNER owner');
$t->sql("SET SESSION AUTHORIZATION owner; $plant", 'planted');
cmp_ok($t->sql('SELECT count(*) FROM pg_operator WHERE oprowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $$owner$$)', 'planted'), '>', 9000,
	'the owner has planted operators');
is($t->error('CREATE EXTENSION ssm_fdw', 'planted'), '', 'CREATE EXTENSION succeeds');

# From here on all is qualified, so that the test itself does not step on a mine.
my $search = 'SET search_path = pg_catalog;';
is($t->sql("$search SELECT string_agg(pg_describe_object(mine.classid, mine.objid, 0) || ': ' || pg_describe_object(uses.refclassid, uses.refobjid, 0), E'\\n')
	FROM pg_depend AS mine JOIN pg_depend AS uses ON uses.classid = mine.classid AND uses.objid = mine.objid
		LEFT JOIN pg_operator AS o ON uses.refclassid = 'pg_operator'::regclass AND o.oid = uses.refobjid
		LEFT JOIN pg_proc AS p ON uses.refclassid = 'pg_proc'::regclass AND p.oid = uses.refobjid
		LEFT JOIN pg_type AS y ON uses.refclassid = 'pg_type'::regclass AND y.oid = uses.refobjid
	WHERE mine.refclassid = 'pg_extension'::regclass AND mine.deptype = 'e'
		AND 'owner'::regrole::oid IN (oprowner, proowner, typowner)", 'planted'), '', 'and nothing of it depends on what is planted');
is($t->sql("$search SELECT string_agg(p.oid::regprocedure::text, ', ')
	FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
	WHERE lanname NOT IN ('c', 'internal') AND prosqlbody IS NULL
		AND NOT coalesce(proconfig, '{}') \@> '{\"search_path=pg_catalog, pg_temp\"}'", 'planted'), '',
	'a function that names things when it runs has a search_path of its own');

# Called by a superuser, whose search_path has all that is planted.
$t->sql($t->definition('ssm', 'public', {}, {}), 'planted');
my $in_public = 'SET search_path = public;';
is($t->sql("$in_public SELECT plugin_name, response_code, response_start_date_time IS NULL, output_truncated
	FROM ssm_fdw_plugins(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('Name'::pg_catalog.text, 'a'::pg_catalog.text, 'ResponseCode'::pg_catalog.text, 7, 'Output'::pg_catalog.text, 'x'::pg_catalog.text)))", 'planted'),
	'a|7|t|f', 'ssm_fdw_plugins calls nothing that is planted');
is($t->sql("$in_public SELECT ssm_fdw_document('arn:aws:ssm:us-east-1::document/a'::pg_catalog.text)", 'planted'), 'a', 'nor does ssm_fdw_document');
is($t->error("$in_public CALL ssm_fdw_create_history('kept', 'command_invocations')", 'planted'), '', 'nor ssm_fdw_create_history');
is($t->sql("$in_public CALL ssm_fdw_keep_history('kept', 'command_invocations')", 'planted'), '30|30|0', 'nor ssm_fdw_keep_history');
is($t->sql("$in_public CALL ssm_fdw_keep_history('kept', 'command_invocations', '2 days')", 'planted'), '30|0|0', 'when it runs again');
is($t->sql("SET search_path = public, pg_catalog; CALL ssm_fdw_create_fleet('fleet', 'ssm', '{111111111111}', '{us-east-1}');
	SET search_path = pg_catalog; SELECT count(*), count(*) FILTER (WHERE typnamespace <> 'pg_catalog'::regnamespace)
	FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid WHERE attrelid = 'fleet.command_invocations'::regclass;
	SELECT count(*) FROM fleet.command_invocations", 'planted'), "1|0|0\n24|0\n30", 'nor ssm_fdw_create_fleet, whatever types there are');
foreach my $rows (1, 0)	# of each command: asked for as a whole, and by pair
{
	$t->sql("$search UPDATE public.kept_unfinished SET read_at = requested_date_time;
		INSERT INTO public.kept (command_id, instance_id) SELECT command_id, n FROM public.kept, generate_series(1, 400) AS n WHERE $rows = 0 AND requested_date_time IS NOT NULL ON CONFLICT DO NOTHING", 'planted');
	like($t->sql("$in_public CALL ssm_fdw_keep_history('kept', 'command_invocations', '0')", 'planted'), qr/^(?!1\|)\d+\|0\|0$/, 'and asks for what is unfinished');
}

done_testing();
