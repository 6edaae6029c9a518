/*
 * rejected.c
 *		Values that the service rejects although there may be rows that have them.
 */
#include "ssm/rejected.h"

#include <stdlib.h>
#include <string.h>

/*
 * Start with none.  requests must outlive it.  False if malloc fails;
 * ssm_rejected_free may follow all the same.
 */
bool
ssm_rejected_init(SsmRejected *rejected, const SsmRequestSet *requests)
{
	const SsmParameter *parameter = ssm_operation_rescanned(requests->operation);
	size_t		n;

	memset(rejected, 0, sizeof(*rejected));
	rejected->requests = requests;
	rejected->term = parameter ? ssm_request_term(requests, parameter) : NULL;
	n = rejected->term ? ssm_term_requests(rejected->term) : 1;
	rejected->rejected = calloc(n, sizeof(bool));
	rejected->gave = calloc(n, sizeof(bool));
	return rejected->rejected && rejected->gave;
}

/*
 * A request ended as a value of its was rejected.
 */
void
ssm_rejected_note(SsmRejected *rejected, int64_t request)
{
	int			i = ssm_request_place(rejected->requests, request, rejected->term);

	rejected->n += !rejected->rejected[i];
	rejected->rejected[i] = true;
}

/*
 * A row of a request was given.
 */
void
ssm_rejected_gave(SsmRejected *rejected, int64_t request)
{
	if (rejected->term)
		rejected->gave[ssm_request_place(rejected->requests, request, rejected->term)] = true;
}

/*
 * Were rows given of what was rejected?
 */
bool
ssm_rejected_any_gave(const SsmRejected *rejected)
{
	int			i;

	for (i = 0; rejected->n > 0 && i < ssm_term_requests(rejected->term); i++)
		if (rejected->rejected[i] && rejected->gave[i])
			return true;
	return false;
}

/*
 * The values of which the service rejected at least one in each request, in *values,
 * an array to be freed whose strings are the request set's.  False if malloc fails.
 */
bool
ssm_rejected_values(const SsmRejected *rejected, SsmValues *values, SsmError *error)
{
	const SsmTerm *term = rejected->term;
	int			i;

	values->bound = rejected->n > 0;
	values->n = 0;
	values->values = malloc(sizeof(char *) * (rejected->n > 0 ? term->values.n : 1));
	if (values->values == NULL)
		return ssm_fail_memory(error);
	for (i = 0; rejected->n > 0 && i < ssm_term_requests(term); i++)
	{
		SsmValues	batch = ssm_term_batch(term, i);

		if (!rejected->rejected[i])
			continue;
		memcpy(values->values + values->n, batch.values, sizeof(char *) * batch.n);
		values->n += batch.n;
	}
	return true;
}

/*
 * Release the notes.  Does nothing to what is zeroed.
 */
void
ssm_rejected_free(SsmRejected *rejected)
{
	free(rejected->rejected);
	free(rejected->gave);
	memset(rejected, 0, sizeof(*rejected));
}
