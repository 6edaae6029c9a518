/*
 * members.h
 *		Members of a JSON object.
 */
#ifndef SSM_BASE_MEMBERS_H
#define SSM_BASE_MEMBERS_H

#include "base/value.h"

/* A member that is wanted. */
typedef struct SsmMember
{
	const char *name;
	SsmJsonValue value;			/* kind SSM_JSON_NULL if it is not there */
} SsmMember;

extern bool ssm_members_read(const char *source, size_t len, SsmMember *members, int n);
extern char *ssm_member_string(const SsmMember *member);

#endif							/* SSM_BASE_MEMBERS_H */
