/*
 * bounds.c
 *		What the WHERE clauses say of the rows wanted.
 */
#include "ssm/bounds.h"

#include <stdlib.h>
#include <string.h>

/*
 * Order two elements of an array of strings, for qsort and bsearch.
 */
static int
compare_values(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/*
 * Sort values and leave each once, in place.
 */
void
ssm_values_sort(SsmValues *values)
{
	int			i;
	int			n = 0;

	if (values->n > 1)
		qsort(values->values, values->n, sizeof(char *), compare_values);
	for (i = 0; i < values->n; i++)
		if (n == 0 || strcmp(values->values[n - 1], values->values[i]) != 0)
			values->values[n++] = values->values[i];
	values->n = n;
}

/*
 * Is the value among them?
 */
bool
ssm_values_has(const SsmValues *values, const char *value)
{
	return values->n > 0 &&
		bsearch(&value, values->values, values->n, sizeof(char *), compare_values) != NULL;
}

/*
 * Narrow a key to the n values given, in any order, which is what it was
 * narrowed to before and these.  No value left makes the bounds impossible.
 * The strings must outlive the bounds; the array is copied.
 */
bool
ssm_bounds_values(SsmBounds *bounds, SsmKey key, const char **values, int n, SsmError *error)
{
	SsmValues  *had = &bounds->keys[key];
	SsmValues	new = {true, n, NULL};
	int			i;

	new.values = malloc(sizeof(char *) * (n + 1));
	if (new.values == NULL)
		return ssm_fail_memory(error);
	if (n > 0)
		memcpy(new.values, values, sizeof(char *) * n);
	ssm_values_sort(&new);
	if (had->bound)
	{
		for (i = n = 0; i < new.n; i++)
			if (ssm_values_has(had, new.values[i]))
				new.values[n++] = new.values[i];
		new.n = n;
		free(had->values);
	}
	had->bound = true;
	had->n = new.n;
	had->values = new.values;
	if (new.n == 0)
		bounds->impossible = true;
	return true;
}

/*
 * An empty range of time is a contradiction.
 */
static void
check_range(SsmBounds *bounds)
{
	if (bounds->lower.bound && bounds->upper.bound &&
		(bounds->lower.at > bounds->upper.at ||
		 (bounds->lower.at == bounds->upper.at &&
		  (bounds->lower.strict || bounds->upper.strict))))
		bounds->impossible = true;
}

/*
 * Narrow the range of time from below.
 */
void
ssm_bounds_lower(SsmBounds *bounds, int64_t at, bool strict)
{
	SsmTimeBound *lower = &bounds->lower;

	if (!lower->bound || at > lower->at || (at == lower->at && strict))
	{
		lower->bound = true;
		lower->strict = strict;
		lower->at = at;
	}
	check_range(bounds);
}

/*
 * Narrow the range of time from above.
 */
void
ssm_bounds_upper(SsmBounds *bounds, int64_t at, bool strict)
{
	SsmTimeBound *upper = &bounds->upper;

	if (!upper->bound || at < upper->at || (at == upper->at && strict))
	{
		upper->bound = true;
		upper->strict = strict;
		upper->at = at;
	}
	check_range(bounds);
}

/*
 * Release the arrays of values.
 */
void
ssm_bounds_free(SsmBounds *bounds)
{
	int			i;

	for (i = 0; i < SSM_KEY_COUNT; i++)
		free(bounds->keys[i].values);
	memset(bounds, 0, sizeof(*bounds));
}
