-- IMPORT FOREIGN SCHEMA.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
SELECT attname, atttypid::regtype, attnotnull, attfdwoptions FROM pg_attribute
WHERE attrelid = 'command_invocations'::regclass AND attnum > 0 ORDER BY attnum;
SELECT ftoptions, srvname FROM pg_foreign_table JOIN pg_foreign_server s ON s.oid = ftserver WHERE ftrelid = 'command_invocations'::regclass;
CREATE SCHEMA "Other ""schema""";
CREATE SERVER "My ""server""" FOREIGN DATA WRAPPER ssm_fdw;
IMPORT FOREIGN SCHEMA ssm LIMIT TO (command_invocations) FROM SERVER "My ""server""" INTO "Other ""schema""";
SELECT ftrelid::regclass, srvname FROM pg_foreign_table JOIN pg_foreign_server s ON s.oid = ftserver ORDER BY 2;
IMPORT FOREIGN SCHEMA ssm EXCEPT (command_invocations) FROM SERVER ssm INTO public;
SELECT relname FROM pg_class WHERE relkind = 'f' AND relnamespace = 'public'::regnamespace ORDER BY 1;
-- A step's columns stand beside those of its table; those of command_outputs are the same things.
SELECT attrelid::regclass, attname FROM pg_attribute
WHERE attrelid IN ('command_invocations'::regclass, 'commands'::regclass, 'command_outputs'::regclass, 'instance_information'::regclass)
	AND attname = ANY ((SELECT proargnames[2:] FROM pg_proc WHERE proname = 'ssm_fdw_plugins')::name[]) ORDER BY 1, 2;
SELECT attempt('IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO test');
SELECT attempt('IMPORT FOREIGN SCHEMA public FROM SERVER ssm INTO test');
SELECT attempt('IMPORT FOREIGN SCHEMA "SSM" FROM SERVER ssm INTO test');
SELECT attempt('IMPORT FOREIGN SCHEMA ssm LIMIT TO (inventory, command_invocations) FROM SERVER ssm INTO public');
SELECT attempt('IMPORT FOREIGN SCHEMA ssm EXCEPT (command_invocation) FROM SERVER ssm INTO public');
SELECT attempt('IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO public OPTIONS (region $q$us-east-1$q$)');
SELECT attempt('IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO nowhere');
\! $MOCK/requests --count
DROP FOREIGN TABLE public.commands, public.command_outputs, public.instance_information;
DROP FOREIGN TABLE "Other ""schema""".command_invocations;
DROP SCHEMA "Other ""schema""";
DROP SERVER "My ""server""";
