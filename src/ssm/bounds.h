/*
 * bounds.h
 *		What the WHERE clauses say of the rows wanted.
 */
#ifndef SSM_SSM_BOUNDS_H
#define SSM_SSM_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ssm/operation.h"

/* A set of values: UTF-8, sorted, each once.  The strings are the caller's. */
typedef struct SsmValues
{
	bool		bound;			/* false: no clause, any value will do */
	int			n;
	const char **values;		/* malloc'ed array */
} SsmValues;

/* One end of a range of time, in microseconds since 1970. */
typedef struct SsmTimeBound
{
	bool		bound;
	bool		strict;			/* the time itself is outside */
	int64_t		at;
} SsmTimeBound;

/* What the WHERE clauses say of the rows wanted. */
typedef struct SsmBounds
{
	bool		impossible;		/* no row can satisfy the clauses */
	SsmValues	values[SSM_MAX_PARAMETERS]; /* by place among the operation's
											 * parameters */
	int			later[SSM_MAX_PARAMETERS];	/* values expected, not known yet,
											 * or 0 */
	SsmTimeBound lower;
	SsmTimeBound upper;
} SsmBounds;

extern bool ssm_bounds_values(SsmBounds *bounds, int parameter, const char **values, int n, SsmError *error);
extern void ssm_bounds_lower(SsmBounds *bounds, int64_t at, bool strict);
extern void ssm_bounds_upper(SsmBounds *bounds, int64_t at, bool strict);
extern void ssm_bounds_free(SsmBounds *bounds);
extern bool ssm_values_sort(SsmValues *values, SsmError *error);
extern bool ssm_values_has(const SsmValues *values, const char *value);

#endif							/* SSM_SSM_BOUNDS_H */
