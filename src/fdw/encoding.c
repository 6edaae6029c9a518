/*
 * encoding.c
 *		Text between the engine's UTF-8 and the database's encoding.
 *
 * Text from outside fails nothing: what the database cannot hold becomes a
 * question mark.  PostgreSQL's own functions for this raise errors, also where
 * there is no conversion at all (MULE_INTERNAL has none from UTF-8).
 */
#include "postgres.h"

#include "fdw/encoding.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"

/*
 * Does the database take UTF-8 as it is?
 */
bool
ssm_encoding_is_utf8(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII;
}

/*
 * Convert len bytes, with no NUL among them, into out, which has room for
 * len * MAX_CONVERSION_GROWTH + 1 and ends in a NUL then.  False if the other
 * encoding does not have all of it, or if PostgreSQL's own check refuses what its
 * conversion makes, as of many characters in EUC_TW.
 */
static bool
convert(Oid proc, int from, int to, char *text, int len, char *out)
{
	unsigned char *src = (unsigned char *) text;
	int			done = 0;
	int			i;

	if (OidIsValid(proc))
		done = pg_do_encoding_conversion_buf(proc, from, to, src, len, (unsigned char *) out,
											 len * MAX_CONVERSION_GROWTH + 1, true);
	else
	{
		for (i = 0; i < len && !IS_HIGHBIT_SET(src[i]); i++)
			out[done++] = text[i];

		out[done] = '\0';
	}
	return done == len && pg_verify_mbstr(to, out, strlen(out), true);
}

/*
 * Convert len bytes of valid UTF-8, without NUL, to the database's encoding; a
 * character it does not have becomes a question mark.  A palloc'ed C string, or
 * text itself, which must then end in a NUL.
 */
char *
ssm_encoding_from_utf8(char *text, int len)
{
	int			encoding = GetDatabaseEncoding();
	char	   *out;
	char	   *at;
	int			n;
	Oid			proc;

	if (ssm_encoding_is_utf8())
		return text;

	proc = FindDefaultConversionProc(PG_UTF8, encoding);
	out = palloc(len * MAX_CONVERSION_GROWTH + 1);
	if (convert(proc, PG_UTF8, encoding, text, len, out))
		return out;

	/* one by one; ASCII is the same in every database */
	for (at = out; len > 0; len -= n, text += n)
	{
		n = pg_utf_mblen((unsigned char *) text);
		if (n == 1 && !IS_HIGHBIT_SET(*text))
			*at++ = *text;
		else if (convert(proc, PG_UTF8, encoding, text, n, at))
			at += strlen(at);
		else
			*at++ = '?';
	}
	*at = '\0';
	return out;
}

/*
 * Convert a C string in the database's encoding to UTF-8; text itself, or
 * palloc'ed.  NULL if something in it has no form there: then no row can have it.
 */
char *
ssm_encoding_to_utf8(char *text)
{
	int			encoding = GetDatabaseEncoding();
	int			len = strlen(text);
	char	   *out;

	if (encoding == PG_UTF8)
		return text;

	if (encoding == PG_SQL_ASCII)
		return pg_verify_mbstr(PG_UTF8, text, len, true) ? text : NULL;

	out = palloc(len * MAX_CONVERSION_GROWTH + 1);
	if (!convert(FindDefaultConversionProc(encoding, PG_UTF8), encoding, PG_UTF8, text, len, out))
		return NULL;
	return out;
}
