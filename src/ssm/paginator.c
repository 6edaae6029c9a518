/*
 * paginator.c
 *		One request followed through its pages.
 *
 * The identical body is sent again and again, with each page's token.  The
 * service tells the end by a page without a token and by nothing else, so
 * empty and short pages are normal.  A page is parsed whole before a row of it
 * is given out, and a page that cannot be had fails the scan: a result is
 * never cut short.
 *
 * A paginator holds a token; its pages are the cursor's (see cursor.c).
 */
#include "ssm/paginator.h"

#include <stdlib.h>
#include <string.h>

#include "ssm/body.h"

/*
 * Follow a request in a window of time, whatever was followed before.  Sends
 * nothing yet; no call may be under way.
 */
void
ssm_paginator_open(SsmPaginator *paginator, int64_t request, const SsmWindow *window)
{
	paginator->request = request;
	paginator->window = *window;
	paginator->pages = 0;
	paginator->rejected = false;
	free(paginator->token);
	paginator->token = NULL;
	ssm_hashset_clear(&paginator->tokens);
}

/*
 * Release what a paginator holds; a call under way is cut off.
 */
void
ssm_paginator_free(SsmPaginator *paginator)
{
	ssm_call_free(paginator->call);
	free(paginator->token);
	ssm_hashset_free(&paginator->tokens);
	memset(paginator, 0, sizeof(*paginator));
}

/*
 * SsmAccept: parse an answer.
 */
static bool
accept_page(void *arg, SsmBuf *body, SsmError *error)
{
	SsmPaginator *paginator = arg;

	return ssm_page_parse(paginator->page, paginator->source->shape,
						  paginator->source->requests->page_size, body, error);
}

/*
 * Ask for the next page, which is to come into *page; there must be one.  The
 * request is started; ssm_loop_pump will put it on the wire.
 */
bool
ssm_paginator_ask(SsmPaginator *paginator, const SsmSource *source, SsmPage *page, SsmError *error)
{
	SsmBuf		body;

	ssm_buf_init(&body, SSM_REQUEST_MAX);
	paginator->source = source;
	paginator->page = page;
	if (ssm_body_write(source->requests, paginator->request, &paginator->window, paginator->token, &body, error))
		paginator->call = ssm_call_start(source->client, source->requests->operation->name, &body,
										 accept_page, paginator, error);
	ssm_buf_free(&body);
	return paginator->call != NULL;
}

/*
 * Take the new page's token.  One that was there before would go round for ever.
 */
static bool
take_token(SsmPaginator *paginator, SsmError *error)
{
	SsmHashSetAdd added = SSM_HASHSET_ADDED;
	char	   *token = paginator->page->token;

	paginator->page->token = NULL;
	free(paginator->token);
	paginator->token = token;
	if (token)
		added = ssm_hashset_add(&paginator->tokens, ssm_hash_add(ssm_hash_start(), token, strlen(token)));
	if (added == SSM_HASHSET_NOMEM)
		return ssm_fail_memory(error);
	if (added == SSM_HASHSET_PRESENT)
		return ssm_fail(error, SSM_ERROR_PROTOCOL,
						"the service sent the same NextToken twice");
	return true;
}

/*
 * A call has failed.  True if that only means that the request has no rows, or
 * that they are to be found otherwise; rows that came before are still read.
 */
static bool
has_no_rows(SsmPaginator *paginator, const SsmError *error)
{
	const SsmSource *source = paginator->source;
	const SsmNoRows *rule = error->kind == SSM_ERROR_API ?
	ssm_operation_no_rows(source->requests->operation, error->code) : NULL;
	SsmInvalidInstanceId mode = source->invalid_instance_id;

	if (rule == NULL || (rule->parameter && !ssm_request_term(source->requests, rule->parameter)))
		return false;
	if (paginator->pages > 0 && !(rule->rescan && mode == SSM_INVALID_RESCAN))
		return false;
	if ((rule->rescan || rule->optional) && mode == SSM_INVALID_ERROR)
		return false;
	paginator->rejected = rule->rescan && mode == SSM_INVALID_RESCAN;
	free(paginator->token);
	paginator->token = NULL;
	return true;
}

/*
 * Let an error say what to do about it.
 */
static void
add_hint(const SsmSource *source, SsmError *error)
{
	if (error->hint == NULL && error->kind == SSM_ERROR_API)
		error->hint = ssm_operation_hint(source->requests->operation, error->code);
}

/*
 * Count the page that has come.
 */
static void
count_page(const SsmPage *page, SsmCounters *counters)
{
	counters->pages++;
	counters->rows += page->nrows;
	if (page->nrows == 0 && page->token)
		counters->empty_pages++;
}

/*
 * See what has become of the page that was asked for.  Never waits.
 */
SsmPageState
ssm_paginator_advance(SsmPaginator *paginator, SsmError *error)
{
	SsmProgress state = ssm_call_advance(paginator->call, error);

	if (state == SSM_PENDING)
		return SSM_PAGE_PENDING;
	ssm_call_free(paginator->call);
	paginator->call = NULL;
	if (state == SSM_FAILED && has_no_rows(paginator, error))
		return SSM_PAGE_NONE;
	if (state == SSM_FAILED)
	{
		add_hint(paginator->source, error);
		return SSM_PAGE_FAILED;
	}
	paginator->pages++;
	count_page(paginator->page, paginator->source->client->counters);
	return take_token(paginator, error) ? SSM_PAGE_CAME : SSM_PAGE_FAILED;
}
