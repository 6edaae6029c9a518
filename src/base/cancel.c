/*
 * cancel.c
 *		Is the work at hand still wanted?
 */
#include "base/cancel.h"

bool		(*ssm_cancel_wanted) (void) = NULL;
