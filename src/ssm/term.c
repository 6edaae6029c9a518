/*
 * term.c
 *		The values of a parameter that requests name.
 */
#include "ssm/term.h"

#include "base/cancel.h"

/*
 * How many requests it takes to send all of a term's values once.
 */
int
ssm_term_requests(const SsmTerm *term)
{
	int			batch = ssm_parameter_batch(term->parameter);

	return (term->values.n + batch - 1) / batch;
}

/*
 * The values of a term that its i-th request has.  They stay the term's.
 */
SsmValues
ssm_term_batch(const SsmTerm *term, int i)
{
	int			batch = ssm_parameter_batch(term->parameter);
	int			left = term->values.n - i * batch;

	return (SsmValues) {true, left < batch ? left : batch, term->values.values + i * batch};
}

/*
 * Add what "expanded" asks for besides the values already there.
 */
static bool
expand(SsmTerm *term, SsmError *error)
{
	SsmValues  *values = &term->values;
	int			n = values->n;
	int			i;

	for (i = 0; i < n; i++)
	{
		const SsmWord *word = ssm_parameter_word(term->parameter, values->values[i]);
		const char *const *also;

		for (also = word ? word->expanded : NULL; also && *also; also++)
			values->values[values->n++] = *also;
	}
	term->shared = values->n > n;
	return ssm_values_sort(values, error);
}

/*
 * What is live may change while it is read: order it as a row lives through it,
 * before all that is final, which stays sorted.  What is read in that order finds
 * each row that has one of the values all the time; and some twice, as they have
 * changed meanwhile.
 */
static void
order_live(SsmTerm *term)
{
	const char **values = term->values.values;
	int			i;
	int			j;

	for (i = 0; i < term->values.n; i++)
	{
		const char *value = values[i];
		const SsmWord *word = ssm_parameter_word(term->parameter, value);

		if (word == NULL || word->live == 0)
			continue;
		for (j = i; j > 0; j--)
		{
			if (j <= term->live && ssm_parameter_word(term->parameter, values[j - 1])->live < word->live)
				break;
			values[j] = values[j - 1];
		}
		values[j] = value;
		term->live++;
	}
	term->shared = true;
}

/*
 * Take those of a parameter's values that some row can have, in the order in which
 * they are to be sent.  The term is to have room for SSM_MAX_EXPANDED more.  *send
 * becomes whether they may be sent at all: else some row could be lost.
 *
 * expanded is for a service that may compare details only.  All details of a final
 * status are known, but not those of one that goes on: what is Pending may have the
 * details Delayed.  So no such status is sent.
 */
bool
ssm_term_fill(SsmTerm *term, const SsmValues *values, bool expanded, bool *send, SsmError *error)
{
	bool		alone = false;
	bool		live = false;
	int			i;

	*send = true;
	for (i = 0; i < values->n; i++)
	{
		SsmFit		fit = ssm_parameter_fit(term->parameter, values->values[i]);
		const SsmWord *word = ssm_parameter_word(term->parameter, values->values[i]);

		if (ssm_cancelled_at(i))
			return ssm_fail_cancelled(error);
		if (fit == SSM_FIT_NEVER)
			continue;
		*send &= fit != SSM_FIT_LOCAL;
		alone |= fit == SSM_FIT_ALONE;
		live |= word && word->live;
		term->values.values[term->values.n++] = values->values[i];
	}
	*send &= !(alone && ssm_term_requests(term) > 1) && !(expanded && live);
	if (*send && expanded)
		return expand(term, error);
	if (*send && live && ssm_term_requests(term) > 1)
		order_live(term);
	return true;
}
