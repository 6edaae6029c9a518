/*
 * client.c
 *		Who calls a service.
 */
#include "aws/client.h"

/*
 * When a request may be sent that would be sent now, in milliseconds of
 * ssm_loop_now's clock: 0 is now, and the turn is taken.
 */
int64_t
ssm_client_take(const SsmClient *client, int64_t now)
{
	if (client->service->retry_mode != SSM_RETRY_ADAPTIVE)
		return 0;
	return client->pacer ? client->pacer->take(client->pacer->arg, now) :
		ssm_limiter_take(&client->identity->limiter, 0, now);
}

/*
 * Learn from an attempt that was sent at one time and has ended at another, refused
 * (throttled) or otherwise.
 */
void
ssm_client_note(const SsmClient *client, bool refused, int64_t sent, int64_t now)
{
	if (client->service->retry_mode != SSM_RETRY_ADAPTIVE)
		return;
	if (client->pacer)
		client->pacer->note(client->pacer->arg, refused, sent, now);
	else
		ssm_limiter_note(&client->identity->limiter, refused, sent, now);
}
