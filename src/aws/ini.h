/*
 * ini.h
 *		Files of sections and properties, as the AWS CLI reads them.
 */
#ifndef SSM_AWS_INI_H
#define SSM_AWS_INI_H

#include "base/error.h"

/* One property, or a section's first line. */
typedef struct SsmIniEntry
{
	char	   *section;		/* what stood between the brackets; the same
								 * for all entries below them */
	const char *name;			/* in lower case; NULL: the section begins */
	const char *nested;			/* name within the property, in lower case, or
								 * NULL */
	const char *value;			/* NULL where the section begins */
} SsmIniEntry;

/* A parsed file.  Zeroed, it is an empty one. */
typedef struct SsmIni
{
	char	   *text;			/* what the entries point into */
	size_t		size;
	SsmIniEntry *entries;		/* in the file's order: a later one wins */
	int			n;
} SsmIni;

extern bool ssm_ini_parse(SsmIni *ini, const char *text, size_t len, SsmError *error);
extern void ssm_ini_free(SsmIni *ini);

#endif							/* SSM_AWS_INI_H */
